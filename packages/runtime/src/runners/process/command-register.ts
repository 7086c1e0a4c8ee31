import { writeSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type MarkedProcess, markedProcesses } from "./command-mark.ts";
import { allGone, signalProcess } from "./process-group.ts";

/**
 * The marks of the commands that run, in a file: whoever finds it after its process was killed knows which commands were cut
 * short, and can end what they have left. Of a command that has ended, what left its group may live on.
 */
export interface CommandRegister {
  add(mark: string): RegisteredCommand;
  close(): Promise<void>;
}

export interface RegisteredCommand {
  /** Its process group is known. */
  started(group: number): void;
  ended(): void;
}

const FILE = "commands";
/** A mark is a UUID, a group a number of at most ten digits. */
const LINE_BYTES = 48;

/** A line for each command, written at its place: that costs microseconds. */
export async function openCommandRegister(directory: string): Promise<CommandRegister> {
  const file = await open(join(directory, FILE), "w", 0o600);
  const free: number[] = [];
  /** Of commands that have just ended: the next one takes them, or else they are emptied at the end of the turn. */
  const ended: number[] = [];
  let emptying: NodeJS.Immediate | undefined;
  let lines = 0;
  let isClosed = false;
  const write = (line: number, text: string) => {
    if (!isClosed) writeSync(file.fd, `${text.padEnd(LINE_BYTES - 1)}\n`, line * LINE_BYTES);
  };
  const empty = () => {
    emptying = undefined;
    for (const line of ended.splice(0)) {
      write(line, "");
      free.push(line);
    }
  };
  return {
    add: (mark) => {
      const line = ended.pop() ?? free.pop() ?? lines;
      if (line === lines) lines += 1;
      write(line, mark);
      return {
        started: (group) => write(line, `${mark} ${group}`),
        ended: () => {
          ended.push(line);
          emptying ??= setImmediate(empty);
        },
      };
    },
    close: async () => {
      clearImmediate(emptying);
      empty();
      isClosed = true;
      await file.close();
    },
  };
}

/**
 * Ends what commands have left that were cut short: those in the registers of these folders, whose processes or threads are gone.
 * Who left the group of its command is told to end; the groups are left to the helper, which tells them when the server is gone.
 * After the grace period whoever is left is killed.
 */
export async function endCommandsCutShort(directories: readonly string[], graceMs: number): Promise<void> {
  const groups = new Map((await Promise.all(directories.map(registered))).flat());
  if (groups.size === 0) return;
  const marks = [...groups.keys()];
  const found = await markedProcesses(marks);
  if (found.length === 0) return;
  const hasLeft = ({ mark, group }: MarkedProcess) => group !== groups.get(mark);
  for (const one of found) if (hasLeft(one)) signalProcess(one.pid, "SIGTERM");
  await allGone(
    found.map(({ pid }) => pid),
    Date.now() + graceMs,
  );
  await killMarked(marks);
}

/** Kills whoever carries one of the marks. */
export async function killMarked(marks: readonly string[]): Promise<void> {
  for (const { pid } of await markedProcesses(marks)) signalProcess(pid, "SIGKILL");
}

/** Marks with their groups; NaN of one that is not known. */
async function registered(directory: string): Promise<readonly (readonly [string, number])[]> {
  const text = await readFile(join(directory, FILE), "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [mark = "", group = ""] = line.trim().split(" ");
    return [mark, Number.parseInt(group, 10)] as const;
  });
}
