import { onTestFinished } from "vitest";
import type { CapstanProcess } from "../server-process.ts";
import type { Line } from "./line.ts";

/** A place for a process that is started again whenever it ends, as a supervisor would. */
export interface Seat<Process extends CapstanProcess> {
  /** Of the process to what it can't do without, whichever process it is. */
  readonly line: Line;
  /** What runs there at the moment; undefined while it is started. */
  running(): Process | undefined;
  /** Puts another process there, which takes over before the one that was there is told to end; resolves when that is gone. */
  replace(): Promise<void>;
  /** Ends it in this way, and starts no other. */
  leave(end: (process: Process) => Promise<void>): Promise<void>;
}

/** Starts a process and keeps it running; resolves once the first one does its work. */
export async function openSeat<Process extends CapstanProcess>(
  line: Line,
  start: () => Promise<Process>,
): Promise<Seat<Process>> {
  const life = { isOver: false };
  const begin = async () => {
    const process = await start();
    onTestFinished(() => void (life.isOver = true)); // Before the process is ended.
    return process;
  };
  let current: Process | undefined = await begin();
  const watch = async () => {
    while (!life.isOver) {
      const watched = current!;
      await watched.gone;
      if (current !== watched) continue; // It was replaced.
      current = undefined;
      while (!life.isOver && current === undefined) current = await begin().catch(() => undefined); // It is tried again.
    }
  };
  void watch();
  return {
    line,
    running: () => current,
    replace: async () => {
      const before = current;
      current = await begin();
      await before?.stop();
    },
    leave: async (end) => {
      life.isOver = true;
      if (current !== undefined) await end(current);
    },
  };
}
