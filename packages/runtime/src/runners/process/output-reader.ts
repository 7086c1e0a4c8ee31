import type { Socket } from "node:net";
import { readFifo } from "./fifo-pool.ts";
import { createLineReader } from "./lines.ts";

/** Reads the lines that a command writes to a named pipe. */
export interface OutputReader {
  /** Resolves when the last writer is gone and every line was handed out. */
  readonly ended: Promise<void>;
  /** Stops reading, whatever is still to come. */
  close(): void;
}

/** `pressure` is asked after each chunk; reading goes on when its promise is fulfilled. */
export function readLines(
  path: string,
  onLine: (line: string) => void,
  pressure: (() => Promise<void> | undefined) | undefined,
): OutputReader {
  const socket: Socket = readFifo(path);
  const lines = createLineReader(onLine);
  socket.on("data", (chunk: Buffer) => {
    lines.push(chunk);
    const relief = pressure?.();
    if (relief === undefined) return;
    socket.pause();
    void relief.then(() => socket.resume());
  });
  const ended = new Promise<void>((resolve) => {
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      lines.end();
      resolve();
    });
  });
  return { ended, close: () => socket.destroy() };
}
