import { type Catalogue, createCatalogue, languageCatalogue } from "@capstan/model";
import { corePlugin } from "@capstan/plugin-core";
import notificationsPlugin from "@capstan/plugin-notifications";
import scriptsPlugin from "@capstan/plugin-scripts";
import { RUNNER_TYPES } from "@capstan/runtime";
import type { Plugin } from "@capstan/sdk";

/** The plugins of this installation, and the modules from which worker threads load them. */
export const PLUGINS: readonly Plugin[] = [corePlugin, scriptsPlugin, notificationsPlugin];
export const PLUGIN_MODULES: readonly string[] = [
  import.meta.resolve("@capstan/plugin-core"),
  import.meta.resolve("@capstan/plugin-scripts"),
  import.meta.resolve("@capstan/plugin-notifications"),
];

/** Every type that a flow may name here. */
export function installedCatalogue(): Catalogue {
  return createCatalogue([
    ...languageCatalogue(),
    ...RUNNER_TYPES,
    ...PLUGINS.flatMap(({ definitions }) => definitions),
  ]);
}
