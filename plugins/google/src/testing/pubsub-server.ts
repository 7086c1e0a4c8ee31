import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram, startProgram, type StartedProgram } from "@capstan/sdk/test-kit";

const SOURCES = join(import.meta.dirname, "pubsub");
export const PROJECT = "shop";
export const TOKEN = "t0ken-pubsub";

/** Google's fake of Pub/Sub, with everything in memory, which the test builds at the first time. */
export interface PubsubServer extends StartedProgram {
  readonly endpoint: string;
  /** Asks it as its REST API is asked, below the project. */
  call(method: "PUT" | "POST", path: string, body?: object): Promise<Record<string, unknown>>;
}

export async function startPubsub(): Promise<PubsubServer> {
  const program = await startProgram({
    command: await built(),
    args: ({ port }) => [String(port), TOKEN],
    install: "it is built by the test",
  });
  const endpoint = `http://127.0.0.1:${program.port}`;
  return {
    ...program,
    endpoint,
    async call(method, path, body = {}) {
      const headers = { Authorization: `Bearer ${TOKEN}` };
      const init = { method, headers, body: JSON.stringify(body) };
      const response = await fetch(`${endpoint}/v1/projects/${PROJECT}/${path}`, init);
      return (await response.json()) as Record<string, unknown>;
    },
  };
}

async function built(): Promise<string> {
  const files = ["main.go", "go.mod", "go.sum"].map((name) => readFileSync(join(SOURCES, name)));
  const hash = createHash("sha256").update(Buffer.concat(files)).digest("hex").slice(0, 12);
  return cachedProgram({
    name: `pubsub-${hash}`,
    needs: "a Go of 1.24 or later (apt-get install golang-go, or https://go.dev/dl) and a proxy of modules",
    async make(folder) {
      await cp(SOURCES, folder, { recursive: true });
      const env = { ...process.env, CGO_ENABLED: "0" };
      await promisify(execFile)("go", ["build", "-ldflags=-s -w", "-o", "pubsub", "."], { cwd: folder, env });
      return join(folder, "pubsub");
    },
  });
}
