/**
 * What a launcher and its helper process say to each other. A helper is a small process that starts commands for a large
 * one: forking costs time in proportion to the memory of the process that forks.
 *
 * Request, on the helper's standard input: the number of bytes of the body in decimal, a line end, then the body: fields
 * separated by NUL, which none of them can contain: id, working folder, path of the standard output, path of the standard error,
 * number of environment variables, those variables as `NAME=value`, program, arguments.
 * Answers, one per line: `ready` once; then `started <id> <pid>` and `exited <id> <code> <signal number>` for each request.
 *
 * The helper starts each command in a process group of its own, named by the pid. A command that can't be started writes the
 * reason to its standard error and exits with 127. When its standard input ends, the helper terminates every group, kills what
 * is left after `HELPER_GRACE_MS`, and ends.
 */
export interface HelperRequest {
  readonly id: number;
  readonly workingDirectory: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Added to the environment of the helper. */
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

export type HelperAnswer =
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly id: number; readonly pid: number }
  | { readonly type: "exited"; readonly id: number; readonly exitCode: number; readonly signalNumber: number };

/** Exit code of a command that can't be started, as shells use it. */
export const COMMAND_NOT_STARTED = 127;

/** How long commands may take to obey the termination signal when the server is gone. */
export const HELPER_GRACE_MS = 2_000;

/** Throws when a field holds a NUL character: no program can be given one. */
export function encodeRequest(request: HelperRequest): Buffer {
  const env = Object.entries(request.env).map(([name, value]) => `${name}=${value}`);
  const { id, workingDirectory, stdout, stderr, command } = request;
  const fields = [String(id), workingDirectory, stdout, stderr, String(env.length), ...env, ...command];
  if (fields.some((field) => field.includes("\0")))
    throw new TypeError("a command, its folder and its environment can't contain NUL characters");
  const body = Buffer.from(fields.join("\0"));
  return Buffer.concat([Buffer.from(`${body.length}\n`), body]);
}

/** Takes whole requests out of a stream of bytes; answers the bytes that are left. */
export function decodeRequests(bytes: Buffer, take: (request: HelperRequest) => void): Buffer {
  let rest = bytes;
  for (;;) {
    const lineEnd = rest.indexOf(10);
    if (lineEnd === -1) return rest;
    const end = lineEnd + 1 + Number(rest.toString("latin1", 0, lineEnd));
    if (rest.length < end) return rest;
    take(requestOf(rest.toString("utf8", lineEnd + 1, end).split("\0")));
    rest = rest.subarray(end);
  }
}

function requestOf(fields: readonly string[]): HelperRequest {
  const [id = "", workingDirectory = "", stdout = "", stderr = "", count = "0", ...others] = fields;
  const env = others.slice(0, Number(count)).map((pair): [string, string] => {
    const separator = pair.indexOf("=");
    return [pair.slice(0, separator), pair.slice(separator + 1)];
  });
  const command = others.slice(Number(count));
  return { id: Number(id), workingDirectory, stdout, stderr, env: Object.fromEntries(env), command };
}

/** Undefined for a line that is no answer. */
export function parseAnswer(line: string): HelperAnswer | undefined {
  const [type, id, first, second] = line.split(" ");
  if (type === "ready") return { type };
  if (type === "started") return { type, id: Number(id), pid: Number(first) };
  if (type === "exited") return { type, id: Number(id), exitCode: Number(first), signalNumber: Number(second) };
  return undefined;
}
