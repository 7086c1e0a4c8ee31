/** The helper process as a Node program, see helper-protocol.ts; used where there is no Perl. Started on its own, never imported. */
import { spawn } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { constants as system } from "node:os";
import { COMMAND_NOT_STARTED, decodeRequests, HELPER_GRACE_MS, type HelperRequest } from "./helper-protocol.ts";

const groups = new Set<number>();

function start(request: HelperRequest): void {
  const { id, command, workingDirectory, env } = request;
  const stdout = openPipe(request.stdout);
  const stderr = openPipe(request.stderr);
  const close = () => {
    for (const descriptor of [...stdout, ...stderr]) closeSync(descriptor);
  };
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: workingDirectory,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout[0], stderr[0]],
  });
  const { pid } = child;
  child.on("error", (error) => {
    writeSync(stderr[0], `${program}: ${error.message}\n`);
    close();
    answer(`exited ${id} ${COMMAND_NOT_STARTED} 0`);
  });
  if (pid === undefined) return;
  close();
  groups.add(pid);
  answer(`started ${id} ${pid}`);
  child.on("exit", (exitCode, signal) => {
    groups.delete(pid);
    answer(`exited ${id} ${exitCode ?? 0} ${signal === null ? 0 : system.signals[signal]}`);
  });
}

/**
 * Opens a named pipe for writing, which would block for ever if its reader were gone: so it is opened for reading, too.
 * The first descriptor is for the command, both are to be closed.
 */
function openPipe(path: string): readonly [number, number] {
  const guard = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return [openSync(path, constants.O_WRONLY), guard];
}

function answer(line: string): void {
  process.stdout.write(`${line}\n`);
}

function finish(): void {
  signalAll("SIGTERM");
  const deadline = Date.now() + HELPER_GRACE_MS;
  const wait = setInterval(() => {
    if (groups.size > 0 && Date.now() < deadline) return;
    clearInterval(wait);
    signalAll("SIGKILL");
    process.exit(0);
  }, 20);
}

function signalAll(signal: NodeJS.Signals): void {
  for (const pid of groups) {
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

let rest: Buffer = Buffer.alloc(0);
process.stdout.on("error", () => finish());
process.stdin.on("data", (chunk: Buffer) => {
  rest = decodeRequests(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), start);
});
process.stdin.on("end", finish);
answer("ready");
