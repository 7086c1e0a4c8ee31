import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Programs that tests fetch or build, of this checkout. */
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/capstan");

/** Between two looks of who waits for another one, in milliseconds. */
const LOOK_MS = 100;

export interface CachedProgram {
  /** With its version, such as `opa-1.8.0`. */
  readonly name: string;
  /** What making it takes, such as `Go 1.24 (apt-get install golang)`. */
  readonly needs: string;
  /** Fetches or builds it in an empty folder, and answers the path of the file or folder in it, or of itself, that is kept. */
  readonly make: (folder: string) => Promise<string>;
}

/** The path of a program that Debian lacks, which is made when it is asked for the first time. Throws an error that says what it needs. */
export function cachedProgram(program: CachedProgram): Promise<string> {
  return madeOnce(join(CACHE, program.name), program);
}

/** What is at a path, once made. Of several who need it at the same time, also in other processes, one makes it and the others wait. */
export async function madeOnce(place: string, program: CachedProgram): Promise<string> {
  await mkdir(dirname(place), { recursive: true });
  const lock = `${place}.lock`;
  for (;;) {
    if (existsSync(place)) return place;
    if (!(await takesLock(lock))) {
      await sleep(LOOK_MS);
      continue;
    }
    try {
      return existsSync(place) ? place : await made(place, program);
    } finally {
      await rm(lock, { force: true });
    }
  }
}

/** Takes a lock, unless a process that lives has it. */
async function takesLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = Number(await readFile(lock, "utf8").catch(() => ""));
  // It has no owner yet while it is being written.
  if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Made aside, and moved into place. */
async function made(place: string, { name, needs, make }: CachedProgram): Promise<string> {
  const unfinished = await mkdtemp(`${place}-`);
  try {
    await rename(await make(unfinished), place);
    return place;
  } catch (error) {
    throw new Error(`${name} can't be made, which this test needs: ${needs}`, { cause: error });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
