import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { newTask } from "./task-template.ts";

const ROOT = join(import.meta.dirname, "../..");
const [plugin = "", name = ""] = process.argv.slice(2);
const manifestPath = join(ROOT, "plugins", plugin, "src/index.ts");

if (plugin === "" || name === "" || !existsSync(manifestPath)) {
  const plugins = (await readdir(join(ROOT, "plugins"))).join(", ");
  process.stderr.write(`npm run new:task <plugin> <name>, such as core log/shout — the plugins are ${plugins}\n`);
  process.exitCode = 2;
} else await write();

async function write(): Promise<void> {
  try {
    const files = newTask({ plugin, name, manifest: await readFile(manifestPath, "utf8") });
    const paths = files.map(({ path }) => path);
    const existing = paths.find((path) => !path.endsWith("/index.ts") && existsSync(join(ROOT, path)));
    if (existing !== undefined) throw new Error(`${existing}: there is one already`);
    for (const { path, text } of files) {
      await mkdir(dirname(join(ROOT, path)), { recursive: true });
      await writeFile(join(ROOT, path), text);
    }
    execFileSync("oxfmt", paths, { cwd: ROOT });
    process.stdout.write(`written: ${paths.join(", ")}\nnext: npx vitest run plugins/${plugin}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
