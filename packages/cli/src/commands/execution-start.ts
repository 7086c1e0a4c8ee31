import { readFile } from "node:fs/promises";
import { type Assignment, parseAssignments } from "../assignments.ts";
import type { FlowAnswer } from "../client.ts";
import { connect, type ConnectionOptions } from "../connection.ts";
import { Mistake } from "../mistake.ts";
import { followOnServer } from "./execution-follow.ts";

export interface ExecutionStartOptions extends ConnectionOptions {
  readonly input: readonly string[];
  readonly label: readonly string[];
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Starts a flow of the server; prints the id, or with `--follow` what happens until the end. */
export async function executionStart(
  namespace: string,
  flowId: string,
  options: ExecutionStartOptions,
): Promise<number> {
  const client = connect(options);
  const inputs = parseAssignments("--input", options.input);
  const labels = parseAssignments("--label", options.label).map(({ key, value }) => `${key}:${value}`);
  const flow = inputs.some(({ value }) => value.startsWith("@")) ? await client.getFlow(namespace, flowId) : undefined;
  const started = await client.startExecution(namespace, flowId, await formOf(inputs, flow), labels);
  if (options.follow === true) return followOnServer(client, started.id);
  process.stdout.write(options.json === true ? `${JSON.stringify(started, undefined, 2)}\n` : `${started.id}\n`);
  return 0;
}

/** A file goes as a part whose file name is the id of the input; a text is read from its file. */
async function formOf(inputs: readonly Assignment[], flow: FlowAnswer | undefined): Promise<FormData> {
  const form = new FormData();
  for (const { key, value } of inputs) {
    if (!value.startsWith("@")) {
      form.append(key, value);
      continue;
    }
    const content = await readInput(key, value.slice(1));
    const isFile = flow?.inputs?.some((input) => input.id === key && input.type === "FILE") ?? true;
    if (isFile) form.append("files", new Blob([new Uint8Array(content)]), key);
    else form.append(key, content.toString("utf8"));
  }
  return form;
}

async function readInput(key: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Mistake(`--input ${key}: the file ${path} can't be read`, { cause: error });
  }
}
