import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TaskOutcome, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import type { S3Server } from "@capstan/storage/test-kit";
import { onTestFinished } from "vitest";
import { definition } from "./bucket-world.ts";

const KEY = { accessKeyId: "test-key", secretAccessKey: "hidden-word" };

/** A world for tasks of any service of a server that speaks like AWS, and what a client of its own takes to look past them. */
export interface ServiceWorld {
  readonly world: TestWorld;
  /** What every task and trigger needs. */
  readonly connection: JsonMap;
  /** For a client of the library. */
  readonly settings: { readonly endpoint: string; readonly region: string; readonly credentials: typeof KEY };
  /** Of something that no other test of this process has. */
  readonly name: string;
  /** Runs `io.kestra.plugin.aws.<type>` at the server. */
  readonly run: (type: string, properties: JsonMap) => Promise<TaskOutcome>;
  /** The rows of a stored file. */
  readonly rows: (uri: unknown) => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A task may not say its secret in anything that it logs or puts out. */
export const SECRET = KEY.secretAccessKey;

let worlds = 0;

export function createServiceWorld({ endpoint }: Pick<S3Server, "endpoint">, options: TestOptions = {}): ServiceWorld {
  worlds += 1;
  const world = createTestWorld(options);
  onTestFinished(() => world[Symbol.asyncDispose]());
  const connection = {
    endpointOverride: endpoint,
    region: "us-east-1",
    accessKeyId: KEY.accessKeyId,
    secretKeyId: KEY.secretAccessKey,
  };
  return {
    world,
    connection,
    settings: { endpoint, region: "us-east-1", credentials: KEY },
    name: `world-${process.pid}-${worlds}`,
    run: (type, properties) => world.run(definition(type) as TaskDefinition, { ...connection, ...properties }),
    rows: async (uri) => {
      const lines = (await world.files.text(String(uri))).split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

/** Asks the server's own interface, by which tests say what services answer. */
export async function tellServer({ endpoint }: Pick<S3Server, "endpoint">, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${endpoint}/moto-api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}
