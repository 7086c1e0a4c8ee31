import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";

/**
 * Named pipes for the output of commands. The reader gets the bytes straight from the command, without a copy through the
 * helper, and a reader that pauses makes the command wait. Unlike the sockets that Node gives to children, named pipes can be
 * opened again as /dev/stdout and /dev/stderr, which many scripts do. Pipes are made in batches and used again.
 */
export interface FifoPool {
  acquire(): Promise<string>;
  /** Gives back a pipe that nobody writes to any more. One with a writer left is never used again: just forget it. */
  release(path: string): void;
}

/** Pipes made at once; making them costs one process. */
const BATCH = 32;

/** `make` creates named pipes at the given paths. */
export function createFifoPool(directory: string, make: (paths: readonly string[]) => Promise<void>): FifoPool {
  const free: string[] = [];
  let made = 0;
  let making: Promise<void> | undefined;
  const makeBatch = async () => {
    const paths = Array.from({ length: BATCH }, (_, index) => join(directory, `pipe-${made + index}`));
    made += BATCH;
    await make(paths);
    free.push(...paths);
  };
  return {
    acquire: async () => {
      for (;;) {
        const path = free.pop();
        if (path !== undefined) return path;
        making ??= makeBatch().finally(() => {
          making = undefined;
        });
        await making;
      }
    },
    release: (path) => free.push(path),
  };
}

/** Opens the reading end; it ends once a writer came and the last one is gone. */
export function readFifo(path: string): Socket {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return new Socket({ fd: descriptor, readable: true, writable: false });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
