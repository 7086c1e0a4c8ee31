import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { GeneratedPage } from "./reference/generated-page.ts";

/** Plugins that are loaded with the command, and not listed. */
const AT_ONCE = new Set(["core", "scripts"]);

interface Manifest {
  readonly name: string;
  readonly definitions: readonly {
    readonly type: string;
    readonly element: string;
    readonly aliases?: readonly string[];
  }[];
}

/** What the command knows of each plugin before it loads it: its module, and the names of its types. */
export async function pluginList(root: string): Promise<GeneratedPage> {
  const folder = join(root, "plugins");
  const names = (await readdir(folder)).filter((name) => !AT_ONCE.has(name)).toSorted();
  const entries = await Promise.all(
    names.map(async (name) => {
      const { default: manifest } = (await import(join(folder, name, "src/index.ts"))) as { default: Manifest };
      return entryOf(`@capstan/plugin-${name}`, manifest);
    }),
  );
  const text = [
    "// Generated from the folders in plugins/; `npm run generated -- --write` renews it.",
    'import type { InstalledPlugin } from "@capstan/runtime";',
    "",
    "/** Plugins whose code is loaded when one of their types is used. */",
    "export const LATER_PLUGINS: readonly InstalledPlugin[] = [",
    ...entries,
    "];",
  ];
  return { path: "packages/cli/src/later-plugins.generated.ts", text: `${text.join("\n")}\n` };
}

function entryOf(specifier: string, { definitions }: Manifest): string {
  const types = definitions.map(({ type, element, aliases }) => `      ${JSON.stringify({ element, type, aliases })},`);
  const module = `import.meta.resolve(${JSON.stringify(specifier)})`;
  return ["  {", `    module: ${module},`, "    types: [", ...types, "    ],", "  },"].join("\n");
}
