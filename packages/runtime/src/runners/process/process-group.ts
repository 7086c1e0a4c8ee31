import { markedProcesses } from "./command-mark.ts";

/** How often a group that is being terminated is looked at, in milliseconds. */
const GROUP_POLL_MS = 20;

/** How a command is stopped: its process group, and what left it, is told to end, and killed when it does not. */
export interface Stopping {
  started(pid: number): void;
  /**
   * Waits, once the command has ended, for the rest of its group, which is nobody when it `isAlone`; answers whether the output
   * has come to its end.
   */
  groupEnded(output: Promise<unknown>, isAlone: boolean): Promise<boolean>;
  done(): void;
}

/** Terminates a command's group, and who else carries its mark, on abort and kills them after the grace period. */
export function stopOnAbort(
  signal: AbortSignal,
  { mark, ...limits }: { readonly mark: string; readonly killGraceMs: number; readonly stragglersMs: number },
): Stopping {
  let pid: number | undefined;
  let abortedAt: number | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  let left: Promise<readonly number[]> = Promise.resolve([]);
  const terminate = () => {
    abortedAt ??= Date.now();
    if (pid === undefined || killTimer !== undefined) return;
    const group = pid;
    left = signalDeserters(mark, group, "SIGTERM");
    signalGroup(group, "SIGTERM");
    killTimer = setTimeout(() => signalGroup(group, "SIGKILL"), limits.killGraceMs);
  };
  if (signal.aborted) abortedAt = Date.now();
  signal.addEventListener("abort", terminate, { once: true });
  return {
    started: (started) => {
      pid = started;
      if (abortedAt !== undefined) terminate();
    },
    groupEnded: async (output, isAlone) => {
      const group = pid;
      // It never started; the reason is in its output.
      if (group === undefined) return withinMs(output, limits.stragglersMs);
      const graceMs = abortedAt === undefined ? 0 : Math.max(0, abortedAt + limits.killGraceMs - Date.now());
      if (abortedAt === undefined) {
        const hasEnded = await withinMs(output, limits.stragglersMs);
        if (hasEnded && isAlone) return true;
      } else {
        // A command that was stopped before it opened its output leaves none that could end.
        await Promise.race([output, groupGone(group, Date.now() + graceMs)]);
        // Whoever is left has no output to say that it cleans up, or is a zombie that nobody collects.
        await groupGone(group, Date.now() + Math.min(graceMs, limits.stragglersMs));
        await allGone(await left, abortedAt + limits.killGraceMs);
        await signalDeserters(mark, group, "SIGKILL");
      }
      signalGroup(group, "SIGKILL");
      return withinMs(output, limits.stragglersMs);
    },
    done: () => {
      clearTimeout(killTimer);
      signal.removeEventListener("abort", terminate);
    },
  };
}

async function groupGone(group: number, deadline: number): Promise<void> {
  while (Date.now() < deadline && !isGroupGone(group)) {
    await new Promise((resolve) => setTimeout(resolve, GROUP_POLL_MS));
  }
}

/** Signals the processes outside of the group that carry the mark; answers who they are. */
async function signalDeserters(mark: string, group: number, signal: NodeJS.Signals): Promise<readonly number[]> {
  const pids = (await markedProcesses([mark])).filter((found) => found.group !== group).map(({ pid }) => pid);
  for (const pid of pids) signalProcess(pid, signal);
  return pids;
}

/** Waits until none of the processes is there, or it is too late. */
export async function allGone(pids: readonly number[], deadline: number): Promise<void> {
  const isLeft = () => pids.some((pid) => signalProcess(pid, 0));
  while (Date.now() < deadline && isLeft()) await new Promise((resolve) => setTimeout(resolve, GROUP_POLL_MS));
}

function isGroupGone(group: number): boolean {
  return !signalGroup(group, 0);
}

/** Answers whether the group has members. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(-group, signal);
}

/** Answers whether there is such a process. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // macOS says EPERM of a group whose members are zombies.
    if (code === "ESRCH" || code === "EPERM") return false;
    throw error;
  }
}

async function withinMs(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
