import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type StartedProgram, startProgram } from "@capstan/sdk/test-kit";

const ENGINE = "@surrealdb/node@3.0.3";
const CLIENT = "surrealdb@2.0.8";
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/capstan");
export const USER = "root";
export const PASSWORD = "p'ass:w@rd";

/** The engine of SurrealDB behind its protocol, for who comes as `USER`. */
export async function startSurrealdb(): Promise<StartedProgram> {
  const packages = await fetchedPackages();
  return await startProgram({
    command: process.execPath,
    args: ({ port }) => [
      fileURLToPath(import.meta.resolve("./engine-server.ts")),
      packages,
      String(port),
      USER,
      PASSWORD,
    ],
    install: "Node",
  });
}

/** Fetched once, aside, and moved into place: the engine has 154 MB, which nobody needs who doesn't run these tests. */
async function fetchedPackages(): Promise<string> {
  const folder = join(CACHE, ENGINE.replaceAll(/[^\w.-]/gu, "_"));
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", unfinished];
    await promisify(execFile)("npm", ["install", ...options, ENGINE, CLIENT], { cwd: unfinished });
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } catch (error) {
    throw new Error(`${ENGINE} can't be fetched, which this test needs: a registry of npm`, { cause: error });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
