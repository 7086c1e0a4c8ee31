import { type Catalogue, createCatalogue, languageCatalogue, type TypeDefinition } from "@capstan/model";
import type { Plugin, TaskDefinition, TaskRunnerDefinition, TriggerDefinition } from "@capstan/sdk";

/** What a worker can run: the definitions of its plugins by type, alias, or name without the usual prefix. */
export interface PluginRegistry {
  task(type: string): TaskDefinition | undefined;
  taskRunner(type: string): TaskRunnerDefinition | undefined;
  trigger(type: string): TriggerDefinition | undefined;
  /** With the types that only the engine carries out, so that they can be told from unknown ones. */
  readonly catalogue: Catalogue;
}

export function createPluginRegistry(definitions: Iterable<TypeDefinition>): PluginRegistry {
  const catalogue = createCatalogue([...languageCatalogue(), ...definitions]);
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

/** Imports plugins: every export of a module that is a manifest counts, most have one as their default export. */
export async function importPlugins(specifiers: readonly string[]): Promise<readonly Plugin[]> {
  const modules = await Promise.all(
    specifiers.map((specifier) => import(specifier) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module, index) => {
    const plugins = new Set(Object.values(module).filter(isPlugin));
    if (plugins.size === 0) throw new Error(`the module ${specifiers[index]} exports no plugin`);
    return [...plugins];
  });
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "definitions" in value && Array.isArray(value.definitions);
}
