/**
 * What a launcher and its helper process say to each other. A helper is a small process that starts commands for a large
 * one: forking costs time in proportion to the memory of the process that forks. It also collects what the commands write, so
 * that a command costs the large process a few messages instead of two open files.
 *
 * Request, on the helper's standard input: the number of bytes of the body in decimal, a line end, then the body: fields
 * separated by NUL, which none of them can contain. `run`, id, working folder, number of environment variables, those variables
 * as `NAME=value`, program, arguments; or `forget`, id: the output of that command is of no interest any more.
 * Answers, one per line: `ready` once; for each command `started <id> <pid>`, `exited <id> <code> <signal number> <alone>`, where
 * `alone` is 1 when nobody is left of its group, and `closed <id>` after the last of its output. Output is a line
 * `output <id> <1 or 2> <number of bytes>` followed by those bytes.
 *
 * The helper starts each command in a process group of its own, named by the pid. A command that can't be started writes the
 * reason to its standard error and exits with 127. When its standard input ends, the helper terminates every group, kills what
 * is left after `HELPER_GRACE_MS`, and ends.
 */
export type HelperRequest = RunRequest | { readonly type: "forget"; readonly id: number };

export interface RunRequest {
  readonly type: "run";
  readonly id: number;
  readonly workingDirectory: string;
  /** Added to the environment of the helper. */
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

export type HelperAnswer =
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly id: number; readonly pid: number }
  | {
      readonly type: "exited";
      readonly id: number;
      readonly exitCode: number;
      readonly signalNumber: number;
      readonly isAlone: boolean;
    }
  | { readonly type: "closed"; readonly id: number }
  /** The bytes are a part of what was read: to be used at once, or copied. */
  | { readonly type: "output"; readonly id: number; readonly stream: 1 | 2; readonly bytes: Buffer };

/** Exit code of a command that can't be started, as shells use it. */
export const COMMAND_NOT_STARTED = 127;

/** How long commands may take to obey the termination signal when the server is gone. */
export const HELPER_GRACE_MS = 2_000;

const LINE_END = 10;

/** Throws when a field holds a NUL character: no program can be given one. */
export function encodeRequest(request: HelperRequest): Buffer {
  const fields = [request.type, String(request.id)];
  if (request.type === "run") {
    const { workingDirectory, env, command } = request;
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    fields.push(workingDirectory, String(pairs.length), ...pairs, ...command);
  }
  if (fields.some((field) => field.includes("\0")))
    throw new TypeError("a command, its folder and its environment can't contain NUL characters");
  const body = fields.join("\0");
  return Buffer.from(`${Buffer.byteLength(body)}\n${body}`);
}

/** Takes whole requests out of a stream of bytes; answers the bytes that are left. */
export function decodeRequests(bytes: Buffer, take: (request: HelperRequest) => void): Buffer {
  let rest = bytes;
  for (;;) {
    const lineEnd = rest.indexOf(LINE_END);
    if (lineEnd === -1) return rest;
    const end = lineEnd + 1 + Number(rest.toString("latin1", 0, lineEnd));
    if (rest.length < end) return rest;
    take(requestOf(rest.toString("utf8", lineEnd + 1, end).split("\0")));
    rest = rest.subarray(end);
  }
}

function requestOf([type, id, workingDirectory = "", count = "0", ...others]: readonly string[]): HelperRequest {
  if (type === "forget") return { type, id: Number(id) };
  const env = others.slice(0, Number(count)).map((pair): [string, string] => {
    const separator = pair.indexOf("=");
    return [pair.slice(0, separator), pair.slice(separator + 1)];
  });
  const command = others.slice(Number(count));
  return { type: "run", id: Number(id), workingDirectory, env: Object.fromEntries(env), command };
}

/** Reads a helper's answers out of what it writes, however the bytes arrive; lines that are no answers are left out. */
export function createAnswerReader(take: (answer: HelperAnswer) => void): (chunk: Buffer) => void {
  /** The beginning of a line whose end has not come. */
  let begun = "";
  /** Output that is still to come. */
  let output: { readonly id: number; readonly stream: 1 | 2; missing: number } | undefined;
  return (chunk) => {
    let position = 0;
    while (position < chunk.length) {
      if (output !== undefined) {
        const { id, stream, missing } = output;
        const bytes = chunk.subarray(position, position + missing);
        position += bytes.length;
        output.missing -= bytes.length;
        if (output.missing === 0) output = undefined;
        take({ type: "output", id, stream, bytes });
        continue;
      }
      const lineEnd = chunk.indexOf(LINE_END, position);
      if (lineEnd === -1) {
        begun += chunk.toString("latin1", position);
        return;
      }
      const words = (begun + chunk.toString("latin1", position, lineEnd)).split(" ");
      begun = "";
      position = lineEnd + 1;
      if (words[0] === "output")
        output = { id: Number(words[1]), stream: words[2] === "1" ? 1 : 2, missing: Number(words[3]) };
      else {
        const answer = answerOf(words);
        if (answer !== undefined) take(answer);
      }
    }
  };
}

function answerOf([type, id, first, second, third]: readonly string[]): HelperAnswer | undefined {
  switch (type) {
    case "ready":
      return { type };
    case "started":
      return { type, id: Number(id), pid: Number(first) };
    case "exited":
      return {
        type,
        id: Number(id),
        exitCode: Number(first),
        signalNumber: Number(second),
        isAlone: third === "1",
      };
    case "closed":
      return { type, id: Number(id) };
    default:
      return undefined;
  }
}
