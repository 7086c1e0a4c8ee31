import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A process that commits units until it is killed (`commit-forever.ts`). */
export interface WritingProcess {
  readonly child: ChildProcess;
  /** Resolves with the first acknowledgement. */
  readonly started: Promise<unknown>;
  /** How many units were acknowledged so far. */
  count(): number;
  /** Kills it at once; answers the ids of all acknowledged units. */
  kill(): Promise<readonly string[]>;
}

export function startWriting(program: string, ...words: readonly string[]): WritingProcess {
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  let count = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    for (const byte of chunk) if (byte === 10) count += 1;
  });
  return {
    child,
    started: once(child.stdout, "data"),
    count: () => count,
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "close");
      // A last line without its end was not acknowledged to anybody.
      return Buffer.concat(chunks).toString().split("\n").slice(0, -1);
    },
  };
}
