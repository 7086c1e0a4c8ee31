import type { TaskDefinition, TriggerDefinition } from "@capstan/sdk";
import plugin from "../index.ts";

/** The task `io.kestra.plugin.mongodb.<name>`. */
export function taskOf(name: string): TaskDefinition {
  return definitionOf(name) as TaskDefinition;
}

export function triggerOf(name: string): TriggerDefinition {
  return definitionOf(name) as TriggerDefinition;
}

function definitionOf(name: string) {
  const found = plugin.definitions.find(({ type }) => type === `io.kestra.plugin.mongodb.${name}`);
  if (found === undefined) throw new Error(`there is no type ${name}`);
  return found;
}
