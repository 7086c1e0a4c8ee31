import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Skipped } from "../measure/benchmark.ts";

/** A folder with packages of npm that are no part of this repository. */
export interface PeerFolder extends AsyncDisposable {
  readonly folder: string;
  /** Writes a program beside the packages, which it may import; answers its path. */
  program(name: string, text: string): Promise<string>;
}

/** Installs packages, such as `name@1.2.3`, into a temporary folder, without running their scripts; says why where that fails. */
export async function installPeers(packages: readonly string[]): Promise<PeerFolder | Skipped> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-peers-"));
  const dispose = () => rm(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages];
  const installed = spawnSync("npm", words, { cwd: folder, encoding: "utf8" });
  if (installed.status !== 0) {
    await dispose();
    const reason = installed.error?.message ?? installed.stderr.trim().split("\n")[0];
    return { skipped: `npm does not install what is compared with (${reason})` };
  }
  return {
    folder,
    program: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

export interface PeerOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command until it is disposed of. What it says is kept to itself unless it ends by itself. */
export function startPeer(command: string, words: readonly string[], options: PeerOptions): AsyncDisposable {
  const { folder, environment } = options;
  const env = { ...process.env, ...environment };
  const child = spawn(command, words, { cwd: folder, env, stdio: ["ignore", "ignore", "ignore"] });
  const gone = once(child, "exit");
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
