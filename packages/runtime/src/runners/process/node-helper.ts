/** The helper process as a Node program, see helper-protocol.ts; used where there is no Python. Started on its own, never imported. */
import { spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import { join } from "node:path";
import { createFifoPool } from "./fifo-pool.ts";
import { COMMAND_NOT_STARTED, decodeRequests, HELPER_GRACE_MS, type RunRequest } from "./helper-protocol.ts";
import { signalGroup } from "./process-group.ts";

const directory = mkdtempSync(join(process.argv[2]!, "pipes-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const fifos = createFifoPool(directory);
const groups = new Set<number>();
/** What is still read, by the ids of the commands. */
const outputs = new Map<number, Set<Socket>>();

function start({ id, command, workingDirectory, env }: RunRequest): void {
  const [program = "", ...args] = command;
  const stdout = openPipe();
  const stderr = openPipe();
  const child = spawn(program, args, {
    cwd: workingDirectory,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout.writer, stderr.writer],
  });
  const { pid } = child;
  const collect = (reason = "") => {
    outputs.set(id, new Set());
    read(id, 1, stdout, "");
    read(id, 2, stderr, reason);
  };
  child.on("error", (error) => {
    collect(`${program}: ${error.message}\n`);
    answer(`exited ${id} ${COMMAND_NOT_STARTED} 0 1`);
  });
  if (pid === undefined) return;
  groups.add(pid);
  answer(`started ${id} ${pid}`);
  collect();
  child.on("exit", (exitCode, signal) => {
    groups.delete(pid);
    const signalNumber = signal === null ? 0 : system.signals[signal];
    answer(`exited ${id} ${exitCode ?? 0} ${signalNumber} ${signalGroup(pid, 0) ? 0 : 1}`);
  });
}

interface Pipe {
  readonly path: string;
  readonly reader: number;
  readonly writer: number;
}

/** The reading end comes first: to open the writing end of a pipe that nobody reads would block. */
function openPipe(): Pipe {
  const path = fifos.acquire();
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { path, reader, writer: openSync(path, constants.O_WRONLY) };
}

/** Passes on what is written to a pipe, after `before`, until its last writer is gone. */
function read(id: number, stream: 1 | 2, { path, reader, writer }: Pipe, before: string): void {
  const socket = new Socket({ fd: reader, readable: true, writable: false });
  const open = outputs.get(id)!;
  open.add(socket);
  closeSync(writer);
  const pass = (chunk: Buffer) => {
    process.stdout.write(`output ${id} ${stream} ${chunk.length}\n`);
    if (!process.stdout.write(chunk)) holdBack();
  };
  if (before !== "") pass(Buffer.from(before));
  socket.on("data", pass);
  socket.on("end", () => fifos.release(path));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    open.delete(socket);
    if (open.size > 0) return;
    outputs.delete(id);
    answer(`closed ${id}`);
  });
}

let isHeldBack = false;

/** Lets all output wait until the launcher has read what it was sent. */
function holdBack(): void {
  if (isHeldBack) return;
  isHeldBack = true;
  const each = (act: (socket: Socket) => void) => {
    for (const open of outputs.values()) for (const socket of open) act(socket);
  };
  each((socket) => socket.pause());
  process.stdout.once("drain", () => {
    isHeldBack = false;
    each((socket) => socket.resume());
  });
}

function forget(id: number): void {
  for (const socket of outputs.get(id) ?? []) socket.destroy();
}

function answer(line: string): void {
  process.stdout.write(`${line}\n`);
}

function finish(): void {
  for (const pid of groups) signalGroup(pid, "SIGTERM");
  const deadline = Date.now() + HELPER_GRACE_MS;
  const wait = setInterval(() => {
    if (groups.size > 0 && Date.now() < deadline) return;
    clearInterval(wait);
    for (const pid of groups) signalGroup(pid, "SIGKILL");
    process.exit(0);
  }, 20);
}

let rest: Buffer = Buffer.alloc(0);
process.stdout.on("error", () => finish());
process.stdin.on("data", (chunk: Buffer) => {
  rest = decodeRequests(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), (request) => {
    if (request.type === "run") start(request);
    else forget(request.id);
  });
});
process.stdin.on("end", finish);
answer("ready");
