import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const BEGIN = "<!-- module-graph: written by tools/src/check-generated.ts -->";
const END = "<!-- end of module-graph -->";

/** Which package imports which, as the import checker sees it, in Mermaid. */
export async function drawModuleGraph(root: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(root, "node_modules/.bin/depcruise"),
      "--config",
      ".dependency-cruiser.cjs",
      "--output-type",
      "json",
      "--include-only",
      "^(packages|plugins)/[^/]+/(src|bin)/",
      "--exclude",
      String.raw`\.(test|sim|conformance)\.ts$|/testing/|/conformance/|/node_modules/`,
      "packages",
      "plugins",
    ],
    { cwd: root, maxBuffer: 256 * 1024 * 1024 },
  );
  return graphOf(JSON.parse(stdout) as Cruise);
}

/** What the import checker answers, as far as it is read here. */
export interface Cruise {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** One arrow for each pair of packages with an import between them, sorted. */
export function graphOf({ modules }: Cruise): string {
  const arrows = new Set<string>();
  for (const { source, dependencies } of modules) {
    const from = packageOf(source);
    for (const { resolved } of dependencies) {
      const to = packageOf(resolved);
      if (from !== undefined && to !== undefined && from !== to) arrows.add(`  ${from} --> ${to}`);
    }
  }
  return ["graph BT", ...[...arrows].toSorted()].join("\n");
}

/** Replaces the graph between its markers. Throws when the text has no such markers. */
export function withGraph(text: string, graph: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`The text has no place for the graph; it stands between "${BEGIN}" and "${END}"`);
  return `${text.slice(0, begin)}${BEGIN}\n\n\`\`\`mermaid\n${graph}\n\`\`\`\n\n${text.slice(end)}`;
}

function packageOf(path: string): string | undefined {
  const [, kind, name] = /^(packages|plugins)\/([^/]+)\//.exec(path) ?? [];
  if (name === undefined) return undefined;
  return kind === "plugins" ? `plugins/${name}` : name;
}
