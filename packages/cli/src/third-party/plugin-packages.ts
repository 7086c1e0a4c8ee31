import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { InstalledPlugin } from "@capstan/runtime";
import { z } from "zod";
import { Mistake } from "../mistake.ts";

/** A package of npm that has a plugin. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** URL of the module that exports its manifest. */
  readonly module: string;
  /** What its `package.json` says of its types; undefined where only its code knows them. */
  readonly types: InstalledPlugin["types"] | undefined;
}

const element = z.enum(["task", "trigger", "condition", "taskRunner", "other"]);

/** What of a `package.json` counts here. */
const description = z.object({
  name: z.string(),
  version: z.string(),
  exports: z.unknown().optional(),
  capstan: z
    .object({
      types: z.array(z.object({ type: z.string(), element, aliases: z.array(z.string()).default([]) })).optional(),
    })
    .optional(),
});

/** Packages that lie in the folder itself, put there by hand, and those that npm was told to install there. Empty where there is none. */
export function findPluginPackages(folder: string): readonly PluginPackage[] {
  if (!existsSync(folder)) return [];
  const folders = [
    ...packageFolders(folder),
    ...installedNames(folder).map((name) => join(folder, "node_modules", name)),
  ];
  return folders.map(readPackage);
}

/** Throws `Mistake` for a package that is none, or none that can be loaded. */
export function readPackage(folder: string): PluginPackage {
  const path = join(folder, "package.json");
  const read = description.safeParse(jsonOf(path));
  if (!read.success) throw new Mistake(`${path}: ${z.prettifyError(read.error)}`);
  const { name, version, exports, capstan } = read.data;
  const require = createRequire(path);
  try {
    // By its own name it is found as others find it; older packages have no `exports`, and are found by their folder.
    const module = pathToFileURL(require.resolve(exports === undefined ? folder : name)).href;
    return { name, version, folder, module, types: capstan?.types };
  } catch (error) {
    const [cause] = (error as Error).message.split("\n");
    throw new Mistake(
      `${path}: the module of the plugin is not found: ${cause} — name it in "exports" under "default", or in "main"`,
      { cause: error },
    );
  }
}

/** What `npm install` was asked for there, and not what that needs in turn. */
function installedNames(folder: string): readonly string[] {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return [];
  const { dependencies = {} } = z
    .object({ dependencies: z.record(z.string(), z.string()).optional() })
    .parse(jsonOf(path));
  return Object.keys(dependencies);
}

function packageFolders(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) =>
      (entry.isDirectory() || entry.isSymbolicLink()) && entry.name !== "node_modules" && !entry.name.startsWith("."),
  );
  return entries.flatMap(({ name }) => {
    const path = join(folder, name);
    if (name.startsWith("@")) return packageFolders(path);
    return existsSync(join(path, "package.json")) ? [path] : [];
  });
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Mistake(`${path}: it can't be read: ${(error as Error).message}`, { cause: error });
  }
}
