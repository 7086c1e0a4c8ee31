import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Skipped } from "./benchmark.ts";

/** Takes the place of two functions of the C library in whatever process it is loaded into, and waits before it does as they do. */
const SOURCE = `
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void delay(void) {
  struct timespec left = { 0, DELAY_NS };
  while (nanosleep(&left, &left) != 0);
}

int fsync(int file) { delay(); return syscall(SYS_fsync, file); }
int fdatasync(int file) { delay(); return syscall(SYS_fdatasync, file); }
`;

/** What makes the disk of a process answer later. */
export interface SlowDisk extends AsyncDisposable {
  /** Variables of the process whose flushes take longer. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Adds `delayMs` (less than a second) to each flush of a file; says why where that can't be done. */
export async function slowDisk(delayMs: number): Promise<SlowDisk | Skipped> {
  if (process.platform !== "linux") return { skipped: "flushes are delayed by LD_PRELOAD, which is Linux's" };
  const folder = await mkdtemp(join(tmpdir(), "capstan-slow-disk-"));
  const dispose = () => rm(folder, { recursive: true });
  // The server of PostgreSQL may be another user.
  await chmod(folder, 0o755);
  const [source, library] = [join(folder, "slow-disk.c"), join(folder, "slow-disk.so")];
  await writeFile(source, SOURCE);
  const words = ["-shared", "-fPIC", "-O2", `-DDELAY_NS=${Math.round(delayMs * 1e6)}`, "-o", library, source];
  const compiled = spawnSync("cc", words, { encoding: "utf8" });
  if (compiled.error !== undefined || compiled.status !== 0) {
    await dispose();
    const reason = compiled.error?.message ?? compiled.stderr;
    return { skipped: `there is no C compiler that makes a library (${reason.trim()}): install gcc` };
  }
  return { environment: { LD_PRELOAD: library }, [Symbol.asyncDispose]: dispose };
}
