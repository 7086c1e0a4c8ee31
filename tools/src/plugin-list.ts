import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "@capstan/sdk";
import type { GeneratedPage } from "./reference/generated-page.ts";

/** Plugins that are loaded with the command, and not listed. */
const AT_ONCE = new Set(["core", "scripts"]);

/** What the command knows of each plugin before it loads it: its module, and the names of its types. */
export async function pluginList(root: string): Promise<GeneratedPage> {
  const later = (await plugins(root)).filter(({ name }) => !AT_ONCE.has(name));
  const text = [
    "// Generated from the folders in plugins/; `npm run generated -- --write` renews it.",
    'import type { InstalledPlugin } from "@capstan/runtime";',
    "",
    "/** Plugins whose code is loaded when one of their types is used. */",
    "export const LATER_PLUGINS: readonly InstalledPlugin[] = [",
    ...later.map((plugin) => entryOf(`@capstan/plugin-${plugin.name}`, plugin)),
    "];",
  ];
  return { path: "packages/cli/src/later-plugins.generated.ts", text: `${text.join("\n")}\n` };
}

/** The manifests of all plugins in the repository, by the names of their folders. */
export async function plugins(root: string): Promise<readonly Plugin[]> {
  const folder = join(root, "plugins");
  return await Promise.all(
    (await readdir(folder)).toSorted().map(async (name) => {
      const module = (await import(join(folder, name, "src/index.ts"))) as Readonly<Record<string, Plugin>>;
      return module["default"] ?? module[`${name}Plugin`]!;
    }),
  );
}

function entryOf(specifier: string, { definitions }: Plugin): string {
  const types = definitions.map(({ type, element, aliases }) => `      ${JSON.stringify({ element, type, aliases })},`);
  const module = `import.meta.resolve(${JSON.stringify(specifier)})`;
  return ["  {", `    module: ${module},`, "    types: [", ...types, "    ],", "  },"].join("\n");
}
