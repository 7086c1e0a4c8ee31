import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

/**
 * A mark in the environment of a command, by which the processes are found that left its group (`setsid`, daemons): what a
 * process starts has its environment. Found where the system tells of environments as Linux does; elsewhere nothing is.
 */
export const MARK_VARIABLE = "CAPSTAN_COMMAND";

/** A mark that also tells of the commands around this process, whose marks must go on finding what it starts. */
export function newMark(around: string | undefined = process.env[MARK_VARIABLE]): string {
  const mark = randomUUID();
  return around === undefined ? mark : `${around} ${mark}`;
}

/** Pids of the processes outside of `group` that carry the mark. Those of other users can't be looked at. */
export async function deserters(mark: string, group: number): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/u.test(name));
  const found = await Promise.all(pids.map((pid) => isDeserter(pid, mark, group)));
  return pids.flatMap((pid, index) => (found[index] === true ? [Number(pid)] : []));
}

async function isDeserter(pid: string, mark: string, group: number): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1");
    return environment.includes(`${MARK_VARIABLE}=${mark}`) && (await groupOf(pid)) !== group;
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return false;
  }
}

/** The name of the program, which stands in parentheses before the numbers, may hold anything. */
async function groupOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
}
