import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);

test("the bundle can be made, and everything that is loaded by its name loads from it alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-bundle-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await run(process.execPath, [join(ROOT, "tools/src/bundle.ts"), folder]);
  const modules = (await readdir(folder)).filter((name) => /^(?:plugin|sdk|storage)(?:-[\w-]+)?\.cjs$/.test(name));
  const plugins = await readdir(join(ROOT, "plugins"));
  expect(modules).toEqual(expect.arrayContaining(plugins.map((name) => `plugin-${name}.cjs`)));
  const program = `for (const name of ${JSON.stringify(modules)}) {
    try { if (Object.keys(require(${JSON.stringify(folder)} + "/" + name)).length === 0) console.log(name + " exports nothing"); }
    catch (error) { console.log(name + ": " + error.message); }
  }`;
  // From a folder without packages, so that nothing is found that is not in the bundle.
  const { stdout } = await run(process.execPath, ["-e", program], { cwd: folder });
  expect(stdout).toBe("");
});
