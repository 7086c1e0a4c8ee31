import { expect, test } from "vitest";
import type { ExecutionWithRuns } from "@capstan/runtime";
import { flowWorld, type FlowWorld } from "./flow-world.ts";

/** What a flow is to do: `[name, what follows its id and namespace, states, outputs by task]`. */
export type Case = readonly [
  name: string,
  flow: string,
  /** The execution's state, then those of its task runs: `FAILED: a SUCCESS, b@x FAILED`. */
  states: string,
  values?: Readonly<Record<string, unknown>>,
];

/** Runs each case in one world; answers the world for further tests. */
export function semantics(cases: readonly Case[]): () => FlowWorld {
  const world = flowWorld({}, () => cases.map(([name, flow]) => sourceOf(name, flow)));
  test.concurrent.for(cases)("%s", async ([name, , states, values = {}]) => {
    const ended = await world().ended(await world().start(idOf(name)));
    expect(statesOf(ended), (await world().logs(ended.row.id)).join("\n")).toBe(states);
    for (const [task, value] of Object.entries(values)) {
      const [taskId, loopValue] = task.split("@");
      const run = ended.taskRuns.find(
        (each) => each.taskId === taskId && (loopValue === undefined || each.value === loopValue),
      );
      expect(run?.outputs?.["value"], task).toEqual(value);
    }
  });
  return world;
}

export function sourceOf(name: string, flow: string): string {
  return `id: ${idOf(name)}\nnamespace: io.kestra.tests\n${flow.replaceAll("core.", "io.kestra.plugin.core.")}\n`;
}

export function idOf(name: string): string {
  return name.replaceAll(/\W+/g, "-");
}

function statesOf({ row, taskRuns }: ExecutionWithRuns): string {
  const runs = taskRuns.map(
    ({ taskId, value, state }) => `${taskId}${value === undefined ? "" : `@${value}`} ${state}`,
  );
  return `${row.state}: ${runs.join(", ")}`;
}
