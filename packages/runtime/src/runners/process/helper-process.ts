import { type ChildProcess, spawn } from "node:child_process";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { withoutSecrets } from "../../functions/secrets.ts";
import {
  encodeRequest,
  HELPER_GRACE_MS,
  type HelperAnswer,
  type HelperRequest,
  parseAnswer,
} from "./helper-protocol.ts";
import { PERL_HELPER } from "./perl-helper.ts";

/** `perl` is the better one; `node` is everywhere. */
export type HelperKind = "perl" | "node";

export interface HelperProcess {
  readonly kind: HelperKind;
  readonly pid: number;
  send(request: HelperRequest): void;
  /** Ends its input: it terminates what still runs and ends. */
  end(): void;
  /** Resolves, with the reason, when the process is gone. */
  readonly gone: Promise<string>;
}

/** Starts the first kind that works here. Throws when none does. */
export async function startHelper(
  kinds: readonly HelperKind[],
  onAnswer: (answer: HelperAnswer) => void,
): Promise<HelperProcess> {
  const reasons: string[] = [];
  for (const kind of kinds) {
    const started = await tryToStart(kind, onAnswer);
    if (typeof started !== "string") return started;
    reasons.push(`${kind}: ${started}`);
  }
  throw new Error(`no helper to start processes with could be started (${reasons.join("; ")})`);
}

/** Answers the reason when it can't be started. */
function tryToStart(kind: HelperKind, onAnswer: (answer: HelperAnswer) => void): Promise<HelperProcess | string> {
  const child = spawnHelper(kind);
  const diagnostics: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (diagnostics.length < 10) diagnostics.push(text.trim());
  });
  const gone = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => {
      resolve([signal === null ? `exit code ${code}` : `signal ${signal}`, ...diagnostics].join(", "));
    });
  });
  // A helper that is gone can't be written to; `gone` tells of it.
  child.stdin?.on("error", () => undefined);
  return new Promise((resolve) => {
    void gone.then(resolve);
    if (child.stdout === null || child.pid === undefined) return;
    const { pid } = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer = parseAnswer(line);
      if (answer === undefined) return;
      if (answer.type !== "ready") return onAnswer(answer);
      resolve({
        kind,
        pid,
        send: (request) => child.stdin?.write(encodeRequest(request)),
        end: () => child.stdin?.end(),
        gone,
      });
    });
  });
}

function spawnHelper(kind: HelperKind): ChildProcess {
  const options = {
    cwd: "/",
    // In a group of its own, so that Ctrl-C in a terminal reaches the server alone, which then stops in good order.
    detached: true,
    env: { ...withoutSecrets(process.env), CAPSTAN_HELPER_GRACE_MS: String(HELPER_GRACE_MS) },
    stdio: "pipe" as const,
  };
  if (kind === "perl") return spawn("perl", ["-e", PERL_HELPER], options);
  const program = fileURLToPath(new URL(`./node-helper${extname(import.meta.url)}`, import.meta.url));
  // A small heap makes a process that forks fast.
  return spawn(process.execPath, ["--max-semi-space-size=1", "--v8-pool-size=0", program], options);
}
