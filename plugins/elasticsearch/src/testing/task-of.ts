import type { TaskDefinition } from "@capstan/sdk";
import plugin from "../index.ts";

/** The task `io.kestra.plugin.<name>`, such as `elasticsearch.Search`. */
export function taskOf(name: string): TaskDefinition {
  const found = plugin.definitions.find(({ type }) => type === `io.kestra.plugin.${name}`);
  if (found === undefined) throw new Error(`there is no type ${name}`);
  return found as TaskDefinition;
}
