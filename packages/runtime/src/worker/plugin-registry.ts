import {
  type Catalogue,
  createCatalogue,
  languageCatalogue,
  type LaterType,
  type TypeDefinition,
} from "@capstan/model";
import type { TaskDefinition, TaskRunnerDefinition, TriggerDefinition } from "@capstan/sdk";

/** What a worker can run: the definitions of its plugins by type, alias, or name without the usual prefix. */
export interface PluginRegistry {
  task(type: string): TaskDefinition | undefined;
  taskRunner(type: string): TaskRunnerDefinition | undefined;
  trigger(type: string): TriggerDefinition | undefined;
  /** With the types that only the engine carries out, so that they can be told from unknown ones. */
  readonly catalogue: Catalogue;
}

export function createPluginRegistry(types: Iterable<TypeDefinition | LaterType>): PluginRegistry {
  const catalogue = createCatalogue([...languageCatalogue(), ...types]);
  return {
    catalogue,
    task: (type) => {
      const found = catalogue.find(type);
      return found?.element === "task" ? (found as TaskDefinition) : undefined;
    },
    taskRunner: (type) => {
      const found = catalogue.find(type);
      return found?.element === "taskRunner" ? (found as TaskRunnerDefinition) : undefined;
    },
    trigger: (type) => {
      const found = catalogue.find(type);
      return found?.element === "trigger" ? (found as TriggerDefinition) : undefined;
    },
  };
}
