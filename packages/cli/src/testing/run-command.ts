import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const ROOT = join(import.meta.dirname, "../../../..");
const COMMAND = join(ROOT, "packages/cli/bin/capstan.cjs");

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly node?: string;
}

/** Starts the real command as a child process, with nothing of this process's own settings. */
export function startCommand(
  words: readonly string[],
  { environment = {}, node = process.execPath }: CommandOptions = {},
) {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  const child = spawn(node, [COMMAND, ...words], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  /** Resolves with the first match in stdout; rejects when the command ends without one. */
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
      };
      child.stdout.on("data", look);
      void ended.then(() => reject(new Error(`the command ended without ${pattern}: ${stderr}`)), reject);
      look();
    });
  return { child, ended, printed };
}

export function runCommand(words: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  return startCommand(words, options).ended;
}

/** A folder with these files, removed after the test; answers the path of a file in it. */
export async function temporaryFiles(files: Readonly<Record<string, string>> = {}): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-cli-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return (name) => join(folder, name);
}
