import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { LaterType, TypeDefinition } from "@capstan/model";
import type { Plugin } from "@capstan/sdk";

/** What is known of a plugin before its code is loaded, which the first use of one of its types does. */
export interface InstalledPlugin {
  /** URL of the module that exports its manifest. */
  readonly module: string;
  readonly types: readonly InstalledType[];
}

export type InstalledType = Omit<LaterType, "load">;

/** Modules are loaded within one turn: whoever asks for a type gets it. */
const requireModule = createRequire(import.meta.url);

/** The types of plugins, whether their code is there or not. */
export function typesOf(plugins: readonly (Plugin | InstalledPlugin)[]): readonly (TypeDefinition | LaterType)[] {
  return plugins.flatMap((plugin): readonly (TypeDefinition | LaterType)[] =>
    "definitions" in plugin ? plugin.definitions : laterTypes(plugin),
  );
}

/** Imports plugins: every export of a module that is a manifest counts, most have one as their default export. */
export async function importPlugins(specifiers: readonly string[]): Promise<readonly Plugin[]> {
  const modules = await Promise.all(
    specifiers.map((specifier) => import(specifier) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module, index) => manifestsOf(module, specifiers[index]!));
}

/** The types of a plugin that says nowhere what they are: its code is loaded. Throws when it can't be. */
export function learnTypes(module: string): readonly InstalledType[] {
  return load(module).flatMap(({ definitions }) =>
    definitions.map(({ type, element, aliases }) => ({ type, element, ...(aliases !== undefined && { aliases }) })),
  );
}

function laterTypes({ module, types }: InstalledPlugin): readonly LaterType[] {
  let definitions: readonly TypeDefinition[] | undefined;
  return types.map((known) => ({
    ...known,
    load: () => {
      definitions ??= load(module).flatMap((plugin) => plugin.definitions);
      const found = definitions.find(({ type, element }) => type === known.type && element === known.element);
      if (found === undefined)
        throw new Error(`the plugin ${module} defines no ${known.element} ${known.type}: install it anew`);
      return found;
    },
  }));
}

function load(module: string): readonly Plugin[] {
  try {
    return manifestsOf(requireModule(fileURLToPath(module)) as Record<string, unknown>, module);
  } catch (error) {
    throw new Error(`the plugin ${module} can't be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function manifestsOf(module: Record<string, unknown>, name: string): readonly Plugin[] {
  // What a module in CommonJS exports is the default of what imports it, its own default within.
  const { default: whole } = module;
  const inner = typeof whole === "object" && whole !== null ? Object.values(whole) : [];
  const plugins = new Set([...Object.values(module), ...inner].filter(isPlugin));
  if (plugins.size === 0) throw new Error(`the module ${name} exports no plugin`);
  return [...plugins];
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "definitions" in value && Array.isArray(value.definitions);
}
