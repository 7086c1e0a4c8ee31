import { type Assignment, parseAssignments, parseInputs } from "../options/assignments.ts";
import type { FlowAnswer } from "../api-client/client.ts";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { checkInputNames, pathOf, readInput } from "../options/input-values.ts";
import { missingFlow } from "../api-client/nearest-flow.ts";
import { followOnServer } from "./execution-follow.ts";

export interface ExecutionStartOptions extends ConnectionOptions {
  readonly input?: readonly string[];
  readonly label?: readonly string[];
  readonly idempotencyKey?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Starts a flow of the server; prints the id or the execution, with `--follow` what happens until the end. */
export async function executionStart(
  namespace: string,
  flowId: string,
  options: ExecutionStartOptions,
): Promise<number> {
  const client = connect(options);
  const inputs = parseInputs(options.input);
  const labels = parseAssignments("--label", options.label ?? []).map(({ key, value }) => `${key}:${value}`);
  const flow = await client.getFlow(namespace, flowId);
  if (flow === undefined) throw await missingFlow(client, namespace, flowId);
  const known = flow.inputs?.map(({ id }) => id) ?? [];
  checkInputNames(flowId, known, inputs);
  const { idempotencyKey } = options;
  const form = await formOf(inputs, flow.inputs);
  const started = await client.startExecution(namespace, flowId, form, { labels, idempotencyKey });
  if (options.follow === true) return followOnServer(client, started.id, options.json === true);
  process.stdout.write(options.json === true ? `${JSON.stringify(started, undefined, 2)}\n` : `${started.id}\n`);
  return 0;
}

/** A file goes as a part whose file name is the id of the input; a text is read from its file. */
export async function formOf(inputs: readonly Assignment[], known: FlowAnswer["inputs"]): Promise<FormData> {
  const form = new FormData();
  for (const assignment of inputs) {
    const { key, value } = assignment;
    const isFile = known?.some((input) => input.id === key && input.type === "FILE") ?? false;
    const path = pathOf(assignment, isFile);
    if (path === undefined) {
      form.append(key, value);
      continue;
    }
    const content = await readInput(key, path);
    if (isFile) form.append("files", new Blob([new Uint8Array(content)]), key);
    else form.append(key, content.toString("utf8"));
  }
  return form;
}
