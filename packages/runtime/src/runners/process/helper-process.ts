import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { withoutSecrets } from "../../functions/secrets.ts";
import {
  createAnswerReader,
  encodeRequest,
  HELPER_GRACE_MS,
  type HelperAnswer,
  type HelperRequest,
} from "./helper-protocol.ts";
import { PYTHON_HELPER } from "./python-helper.ts";

/** `python` is the better one; `node` is everywhere. */
export type HelperKind = "python" | "node";

export interface HelperOptions {
  /** For what a helper has to make for itself; an existing folder. */
  readonly directory: string;
  /** Lets output wait while whoever takes it is behind: asked after each chunk of it. */
  readonly pressure?: (() => Promise<void> | undefined) | undefined;
}

export interface HelperProcess {
  readonly kind: HelperKind;
  readonly pid: number;
  /** Throws when the request can't be written down. */
  send(request: HelperRequest): void;
  /** Ends its input: it terminates what still runs and ends. */
  end(): void;
  /** Resolves, with the reason, when the process is gone and everything that it said was heard. */
  readonly gone: Promise<string>;
}

/** Starts the first kind that works here. Throws when none does. */
export async function startHelper(
  kinds: readonly HelperKind[],
  options: HelperOptions,
  onAnswer: (answer: HelperAnswer) => void,
): Promise<HelperProcess> {
  const reasons: string[] = [];
  for (const kind of kinds) {
    const started = await tryToStart(kind, options, onAnswer);
    if (typeof started !== "string") return started;
    reasons.push(`${kind}: ${started}`);
  }
  throw new Error(`no helper to start processes with could be started (${reasons.join("; ")})`);
}

/** Answers the reason when it can't be started. */
function tryToStart(
  kind: HelperKind,
  { directory, pressure }: HelperOptions,
  onAnswer: (answer: HelperAnswer) => void,
): Promise<HelperProcess | string> {
  const child = spawnHelper(kind, directory);
  const diagnostics: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (diagnostics.length < 10) diagnostics.push(text.trim());
  });
  const gone = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => {
      resolve([signal === null ? `exit code ${code}` : `signal ${signal}`, ...diagnostics].join(", "));
    });
  });
  // A helper that is gone can't be written to; `gone` tells of it.
  child.stdin?.on("error", () => undefined);
  return new Promise((resolve) => {
    void gone.then(resolve);
    const { pid, stdout } = child;
    if (stdout === null || pid === undefined) return;
    const send = (request: HelperRequest) => {
      const bytes = encodeRequest(request);
      holdForThisTurn(child.stdin);
      child.stdin?.write(bytes);
    };
    let isEnding = false;
    const end = () => {
      isEnding = true;
      stdout.resume();
      child.stdin?.end();
    };
    let hasOutput = false;
    const read = createAnswerReader((answer) => {
      if (answer.type === "ready") return resolve({ kind, pid, send, end, gone });
      hasOutput ||= answer.type === "output";
      onAnswer(answer);
    });
    stdout.on("data", (chunk: Buffer) => {
      hasOutput = false;
      read(chunk);
      const relief = hasOutput && !isEnding ? pressure?.() : undefined;
      if (relief === undefined) return;
      stdout.pause();
      void relief.then(() => stdout.resume());
    });
  });
}

/** What is written within one turn leaves together: to wake the helper costs more than a request. */
function holdForThisTurn(stream: Writable | null): void {
  if (stream === null || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function spawnHelper(kind: HelperKind, directory: string): ChildProcess {
  const options = {
    cwd: "/",
    // In a group of its own, so that Ctrl-C in a terminal reaches the server alone, which then stops in good order.
    detached: true,
    env: { ...withoutSecrets(process.env), CAPSTAN_HELPER_GRACE_MS: String(HELPER_GRACE_MS) },
    stdio: "pipe" as const,
  };
  // Isolated from what the environment says of modules, and without those that a site adds: it starts in a third of the time.
  if (kind === "python") return spawn("python3", ["-I", "-S", "-c", PYTHON_HELPER], options);
  const program = fileURLToPath(new URL(`./node-helper${extname(import.meta.url)}`, import.meta.url));
  // A small heap makes a process that forks fast.
  return spawn(process.execPath, ["--max-semi-space-size=1", "--v8-pool-size=0", program, directory], options);
}
