import { expect } from "vitest";
import { ask, type Execution, hasEnded, readExecution } from "./executions.ts";
import { until } from "./server-process.ts";

const WORD = "open sesame";

/** An execution that has written a file, and waits for a person. */
export interface Letter {
  readonly id: string;
  /** Of its file. */
  readonly uri: string;
}

/** A flow that writes a file, waits for a person, and then reads the file and a SECRET input. */
export function letterFlow(namespace: string): string {
  return `
id: letter
namespace: ${namespace}
inputs:
  - { id: word, type: SECRET }
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: dear {{ execution.id }}
  - { id: wait, type: io.kestra.plugin.core.flow.Pause }
  - id: read
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(outputs.write.uri) }}, {{ inputs.word == '${WORD}' }}"
`;
}

/** Starts the flow; resolves when it waits. */
export async function writeLetter(api: string, namespace: string): Promise<Letter> {
  const inputs = new FormData();
  inputs.append("word", WORD);
  const started = await ask(`${api}/executions/${namespace}/letter`, { method: "POST", body: inputs });
  const { id } = (await started.json()) as { readonly id: string };
  const waiting = await until("the letter waits", async () => {
    const execution = await readExecution(api, id);
    return execution.state.current === "PAUSED" ? execution : undefined;
  });
  return { id, uri: outputOf(waiting, "write", "uri")! };
}

/** Lets it go on; answers how it ended and what it read. */
export async function resumeLetter(api: string, { id }: Letter): Promise<readonly [string, string | undefined]> {
  const response = await ask(`${api}/executions/${id}/resume`, { method: "POST" });
  expect(response.ok, await response.text()).toBe(true);
  const execution = await until("the letter is read", async () => {
    const found = await readExecution(api, id);
    return hasEnded(found) ? found : undefined;
  });
  return [execution.state.current, outputOf(execution, "read", "value")];
}

export function letterFile(api: string, { id, uri }: Letter): Promise<Response> {
  return ask(`${api}/executions/${id}/file?path=${encodeURIComponent(uri)}`);
}

interface Runs {
  readonly taskRunList: readonly { readonly taskId: string; readonly outputs?: Readonly<Record<string, string>> }[];
}

function outputOf(execution: Execution, taskId: string, name: string): string | undefined {
  const { taskRunList } = execution as unknown as Runs;
  return taskRunList.find((run) => run.taskId === taskId)?.outputs?.[name];
}
