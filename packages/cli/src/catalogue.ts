import { type Catalogue, createCatalogue, languageCatalogue } from "@capstan/model";
import { corePlugin } from "@capstan/plugin-core";
import scriptsPlugin from "@capstan/plugin-scripts";
import { type InstalledPlugin, RUNNER_TYPES, typesOf } from "@capstan/runtime";
import type { Plugin } from "@capstan/sdk";
import { LATER_PLUGINS } from "./later-plugins.generated.ts";

/** The plugins of this installation; those that nearly every flow uses are there at once. */
export const PLUGINS: readonly (Plugin | InstalledPlugin)[] = [corePlugin, scriptsPlugin, ...LATER_PLUGINS];

/** The same for worker threads, which load them by themselves. */
export const PLUGIN_MODULES: readonly (string | InstalledPlugin)[] = [
  import.meta.resolve("@capstan/plugin-core"),
  import.meta.resolve("@capstan/plugin-scripts"),
  ...LATER_PLUGINS,
];

/** Every type that a flow may name here, with those of more plugins. */
export function installedCatalogue(more: readonly InstalledPlugin[] = []): Catalogue {
  return createCatalogue([...languageCatalogue(), ...RUNNER_TYPES, ...typesOf([...PLUGINS, ...more])]);
}
