import { join, resolve } from "node:path";
import type { InstalledPlugin, ProvidedModules } from "@capstan/runtime";
import type { Configuration } from "../configuration.ts";

/** Plugins beside those of the installation. */
export interface ThirdParty {
  readonly plugins: readonly ThirdPartyPlugin[];
  /** What they get from the platform; undefined where there are none. */
  readonly provided: ProvidedModules | undefined;
  /** About what lies there and is not loaded. */
  readonly warnings: readonly string[];
}

export interface ThirdPartyPlugin extends InstalledPlugin {
  /** Name and version of its package. */
  readonly package: string;
}

export type PluginPlace = Pick<Configuration, "plugins" | "data">;

export const NO_THIRD_PARTY: ThirdParty = { plugins: [], provided: undefined, warnings: [] };

/** Where they lie. */
export function pluginFolderOf({ plugins, data }: PluginPlace): string {
  return resolve(plugins.folder === "" ? join(data, "plugins") : plugins.folder);
}
