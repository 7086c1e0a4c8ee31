import { mkdtempSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { endCommandsCutShort } from "../../runners/process/command-register.ts";
import { HELPER_GRACE_MS } from "../../runners/process/helper-protocol.ts";

const PREFIX = "capstan-worker-";
const OWNER_FILE = "owner.json";

/** Who made a folder. Two processes with the same pid differ in when they began. */
interface Owner {
  /** The machine and, where there are several on it, the world of pids. */
  readonly place: string;
  readonly pid: number;
  readonly began: string;
}

/** Makes the folder of temporary files of a worker in `parent`, with a note whose it is. */
export function createWorkerFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, PREFIX));
  const owner: Owner = { place: placeOfPids(), pid: process.pid, began: beginning(process.pid) ?? "" };
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
  return folder;
}

/**
 * Ends what the commands have left that ran when their worker was killed, also what left their groups, before the tasks start
 * anew. Where the system does not tell of the environments of processes nothing is found.
 */
export async function endLostCommands(parent: string): Promise<void> {
  const folders = await Promise.all((await lostFolders(parent)).map(threadFolders));
  await endCommandsCutShort(folders.flat(), HELPER_GRACE_MS);
}

/**
 * Removes the folders of workers that were killed: those whose owner ran here and runs no more. What can't be proven so, or
 * can't be removed, stays.
 */
export async function removeLostFolders(parent: string): Promise<void> {
  const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  await Promise.all((await lostFolders(parent)).map(remove));
}

async function lostFolders(parent: string): Promise<readonly string[]> {
  const names = await readdir(parent).catch(() => []);
  const folders = names.filter((name) => name.startsWith(PREFIX)).map((name) => join(parent, name));
  const areLost = await Promise.all(folders.map(isLost));
  return folders.filter((_, index) => areLost[index]);
}

/** The folders of the threads that run commands. */
async function threadFolders(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
}

async function isLost(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  if (owner === undefined || owner.place !== placeOfPids() || !Number.isInteger(owner.pid)) return false;
  const began = beginning(owner.pid);
  return began === undefined || began !== owner.began;
}

async function ownerOf(folder: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, OWNER_FILE), "utf8")) as Owner;
  } catch {
    // It is being made, is not ours to read, or nobody's.
    return undefined;
  }
}

/** Containers may share a folder without seeing each other's processes; a restart of the machine begins with new pids. */
function placeOfPids(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${hostname()} ${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** When a process began, in whatever unit the system has; empty where it does not say, undefined of one that is not there. */
function beginning(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
