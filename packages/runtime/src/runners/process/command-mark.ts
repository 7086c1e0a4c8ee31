import { readdir, readFile } from "node:fs/promises";

/**
 * A mark in the environment of a command, by which the processes are found that left its group (`setsid`, daemons): what a
 * process starts has its environment. Found where the system tells of environments as Linux does; elsewhere nothing is.
 */
const MARK_VARIABLE = "CAPSTAN_COMMAND";

/** The mark as a variable, beside those of the commands around this process, which must go on finding what it starts. */
export function markAsVariable(mark: string, around = process.env[MARK_VARIABLE]): Readonly<Record<string, string>> {
  return { [MARK_VARIABLE]: around === undefined ? mark : `${around} ${mark}` };
}

/** A process that carries a mark. */
export interface MarkedProcess {
  readonly pid: number;
  readonly mark: string;
  /** Its process group. */
  readonly group: number;
}

/** The processes that carry one of the marks. Those of other users can't be looked at. */
export async function markedProcesses(marks: readonly string[]): Promise<readonly MarkedProcess[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.filter((name) => /^\d+$/u.test(name));
  const found = await Promise.all(pids.map((pid) => ifMarked(pid, marks)));
  return found.filter((process) => process !== undefined);
}

async function ifMarked(pid: string, marks: readonly string[]): Promise<MarkedProcess | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1");
    const carried = environment.split("\0").find((variable) => variable.startsWith(`${MARK_VARIABLE}=`));
    const mark = carried === undefined ? undefined : marks.find((candidate) => carried.includes(candidate));
    return mark === undefined ? undefined : { pid: Number(pid), mark, group: await groupOf(pid) };
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return undefined;
  }
}

/** The name of the program, which stands in parentheses before the numbers, may hold anything. */
async function groupOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
}
