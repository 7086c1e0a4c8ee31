import { pathToFileURL } from "node:url";
import { learnTypes, type ProvidedModules, provideModules } from "@capstan/runtime";
import { installedCatalogue } from "../catalogue.ts";
import { Mistake } from "../mistake.ts";
import { findPluginPackages, type PluginPackage } from "./plugin-packages.ts";
import { isAllowed, PINNED } from "./plugin-settings.ts";
import {
  NO_THIRD_PARTY,
  pluginFolderOf,
  type PluginPlace,
  type ThirdParty,
  type ThirdPartyPlugin,
} from "./third-party.ts";

/**
 * Finds them, and loads those that don't say what types they have. Throws `Mistake` for a package that must be there and isn't, for one that
 * can't be loaded, and for a type that is there already.
 */
export function thirdPartyOf(settings: PluginPlace): ThirdParty {
  const folder = pluginFolderOf(settings);
  const found = findPluginPackages(folder);
  assertAllThere(settings.plugins.packages, found, folder);
  const allowed = found.filter(({ name, version }) => isAllowed(settings.plugins, name, version));
  const warnings = found.filter((each) => !allowed.includes(each)).map((each) => notAllowed(each));
  if (allowed.length === 0) return { ...NO_THIRD_PARTY, warnings };
  const provided = providedBelow(folder);
  const plugins = allowed.map(pluginOf);
  assertNewTypes(plugins);
  return { plugins, provided, warnings };
}

/** Lets packages below a folder have the platform's own modules; once for each. */
export function providedBelow(folder: string): ProvidedModules {
  const provided = { below: [`${pathToFileURL(folder).href}/`], modules: PLATFORM_MODULES };
  if (!foldersProvided.has(folder)) provideModules(provided);
  foldersProvided.add(folder);
  return provided;
}

const foldersProvided = new Set<string>();

const PLATFORM_MODULES = {
  "@capstan/sdk": import.meta.resolve("@capstan/sdk"),
  "@capstan/sdk/http": import.meta.resolve("@capstan/sdk/http"),
  "@capstan/sdk/commands": import.meta.resolve("@capstan/sdk/commands"),
  "@capstan/sdk/tar": import.meta.resolve("@capstan/sdk/tar"),
  "@capstan/sdk/objects": import.meta.resolve("@capstan/sdk/objects"),
  zod: import.meta.resolve("zod"),
};

/** What is known of a plugin; loads it where its package doesn't say. */
export function pluginOf({ name, version, folder, module, types }: PluginPackage): ThirdPartyPlugin {
  try {
    return { package: `${name}@${version}`, module, types: types ?? learnTypes(module) };
  } catch (error) {
    throw new Mistake(`${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function assertAllThere(wanted: readonly string[], found: readonly PluginPackage[], folder: string): void {
  for (const each of wanted) {
    const { name, version } = PINNED.exec(each)!.groups!;
    const there = found.filter((one) => one.name === name).map((one) => one.version);
    if (there.includes(version!)) continue;
    const present = there.length === 0 ? "it is not" : `version ${there.join(" and ")} is`;
    throw new Mistake(`plugins.packages: ${each} must be in ${folder}, and ${present} — run capstan plugin install`);
  }
}

function assertNewTypes(plugins: readonly ThirdPartyPlugin[]): void {
  const installed = installedCatalogue();
  const owners = new Map<string, string>();
  for (const plugin of plugins) {
    for (const name of plugin.types.flatMap(({ type, aliases = [] }) => [type, ...aliases])) {
      const owner = installed.nameOf(name) === undefined ? owners.get(name) : "this installation";
      if (owner !== undefined)
        throw new Mistake(
          `the plugin ${plugin.package} defines ${name}, which ${owner} has already — remove one of them`,
        );
      owners.set(name, plugin.package);
    }
  }
}

function notAllowed({ name, version, folder }: PluginPackage): string {
  return `the plugin ${name}@${version} in ${folder} is not loaded: neither plugins.allow nor plugins.packages names it`;
}
