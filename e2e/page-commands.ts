import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..");
const run = promisify(execFile);

/** Names and addresses that a page has as examples, and what stands for them. */
export type Places = Readonly<Record<string, string>>;

/** The fenced blocks of a language that a page of `docs/` has below a heading, in their order. Throws when it has none. */
export async function blocksOf(page: string, heading: string, language = "sh"): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, "docs", page), "utf8");
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const [own = ""] = section.split(/\n#+ /);
  const fences = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  const blocks = Array.from(own.matchAll(fences), ([, block = ""]) => block);
  if (blocks.length === 0) throw new Error(`${page} has no ${language} below "${heading}"`);
  return blocks;
}

/** Runs commands as a script that ends with the first that fails; rejects with what that said. */
export async function runCommands(commands: string, places: Places): Promise<void> {
  const PATH = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
  await run("sh", ["-e", "-c", placed(commands, places)], { env: { ...process.env, PATH } });
}

/** A text of a page with its places. */
export function placed(text: string, places: Places): string {
  // The longest first: one may be the beginning of another.
  const names = Object.keys(places).toSorted((one, other) => other.length - one.length);
  return names.reduce((rest, name) => rest.replaceAll(name, places[name]!), text);
}
