import { dynamic, type JsonMap, type Services, TaskFailure, type TaskIdentity, text } from "@capstan/sdk";
import { createHash } from "node:crypto";
import { z } from "zod";

/** Properties that choose one stored state. */
export const stateSelection = () => ({
  name: text().default("default").describe("Name of the state."),
  namespace: dynamic(z.boolean())
    .default(false)
    .describe("Whether the state belongs to the whole namespace instead of this flow."),
  taskrunValue: dynamic(z.boolean()).default(true).describe("Whether each value of a loop has a state of its own."),
});

export const errorOnMissing = () =>
  dynamic(z.boolean()).default(false).describe("Whether a missing state fails the task.");

export interface StateSelection {
  readonly name: string;
  readonly namespace: boolean;
  readonly taskrunValue: boolean;
}

export const DEPRECATED = "Use the key-value store: io.kestra.plugin.core.kv.Set, Get and Delete.";

/** The key under which a state is kept: `<flow>_states_tasks-states_<name>[_<hash of the loop's value>]`. */
export function stateKey({ name, namespace, taskrunValue }: StateSelection, { flowId, value }: TaskIdentity): string {
  const owner = namespace ? "" : `${slug(flowId)}_`;
  const suffix = taskrunValue && value !== undefined ? `_${hashOf(value)}` : "";
  return `${owner}states_tasks-states_${name}${suffix}`;
}

/** The stored map, or undefined. */
export async function readState(services: Services, namespace: string, key: string): Promise<JsonMap | undefined> {
  const value = (await services.keyValues.get(namespace, key))?.value;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonMap) : undefined;
}

export function missingState({ name }: StateSelection): TaskFailure {
  return new TaskFailure(`There is no state "${name}". Set it first, or leave \`errorOnMissing\` out.`);
}

function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 16);
}

function slug(text: string): string {
  return text
    .replaceAll(/[^\w-]+/g, "")
    .replaceAll("_", "-")
    .toLowerCase();
}
