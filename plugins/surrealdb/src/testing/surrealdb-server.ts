import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedProgram, type StartedProgram, startProgram } from "@capstan/sdk/test-kit";

const ENGINE = "@surrealdb/node@3.0.3";
const CLIENT = "surrealdb@2.0.8";
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

/** The engine has 154 MB, which nobody needs who doesn't run these tests. */
async function fetchedPackages(): Promise<string> {
  return await cachedProgram({
    name: ENGINE.replaceAll(/[^\w.-]/gu, "_"),
    needs: "a registry of npm",
    async make(folder) {
      const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", folder];
      await promisify(execFile)("npm", ["install", ...options, ENGINE, CLIENT], { cwd: folder });
      return folder;
    },
  });
}
