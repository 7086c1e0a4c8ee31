import { spawnSync } from "node:child_process";
import { join } from "node:path";

/**
 * Named pipes for the output of commands. Unlike the sockets that Node gives to children, named pipes can be opened again as
 * /dev/stdout and /dev/stderr, which many scripts do. Pipes are made in batches and used again.
 */
export interface FifoPool {
  /** Throws when pipes can't be made in the folder. */
  acquire(): string;
  /** Gives back a pipe that nobody writes to any more. One with a writer left is never used again: just forget it. */
  release(path: string): void;
}

/** Pipes made at once; making them costs one process. */
const BATCH = 32;

export function createFifoPool(directory: string): FifoPool {
  const free: string[] = [];
  let made = 0;
  const makeBatch = () => {
    const paths = Array.from({ length: BATCH }, (_, index) => join(directory, `pipe-${made + index}`));
    made += BATCH;
    const { status, error, stderr } = spawnSync("mkfifo", ["-m", "600", ...paths], { encoding: "utf8" });
    if (status !== 0) throw new Error(`named pipes can't be made in ${directory}: ${error?.message ?? stderr.trim()}`);
    free.push(...paths);
  };
  return {
    acquire: () => {
      if (free.length === 0) makeBatch();
      return free.pop()!;
    },
    release: (path) => free.push(path),
  };
}
