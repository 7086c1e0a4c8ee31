import type { JsonMap, JsonValue, TaskDefinition, TriggerDefinition } from "@capstan/sdk";
import { createTestWorld, type TaskOutcome, type TestOptions } from "@capstan/sdk/test-kit";
import { type TestWorld, matchingRenderer } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import plugin from "../index.ts";

/** A bucket of its own for one test, a world for tasks that use it, and a look past them. */
export interface StorageWorld {
  readonly world: TestWorld;
  readonly bucket: string;
  /** Runs `io.kestra.plugin.gcp.gcs.<name>`. */
  readonly run: (name: string, properties: JsonMap) => Promise<TaskOutcome>;
  /** Asks the trigger, with a position as it would come from the store. */
  readonly ask: (properties: JsonMap, position?: JsonValue) => Promise<Finding>;
  /** Writes an object past the tasks. */
  readonly write: (name: string, content?: string) => Promise<void>;
  readonly read: (name: string) => Promise<string>;
  readonly names: () => Promise<readonly string[]>;
}

/** What a trigger answered. */
export type Finding = { readonly blobs?: readonly Found[]; readonly position?: JsonValue } | undefined;
export type Found = Readonly<Record<"name" | "uri" | "changeType", string>>;

let buckets = 0;

export async function createStorageWorld(endpoint: string, options: TestOptions = {}): Promise<StorageWorld> {
  buckets += 1;
  const bucket = `world-${process.pid}-${buckets}`;
  const base = `${endpoint}/storage/v1/b`;
  const json = { "Content-Type": "application/json" };
  await asked(base, { method: "POST", headers: json, body: JSON.stringify({ name: bucket }) });
  const world = createTestWorld({ renderer: matchingRenderer(options.variables ?? {}), ...options });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const objectAddress = (name: string) => `${base}/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    world,
    bucket,
    run: (name, properties) => world.run(definition(`gcs.${name}`) as TaskDefinition, { endpoint, ...properties }),
    ask: async (properties, position) => {
      const trigger = definition("gcs.Trigger") as TriggerDefinition;
      const context = world.context<never>(trigger, { endpoint, from: `gs://${bucket}/`, ...properties });
      const found = await trigger.poll?.({ ...context, ...world.identity, triggerId: "trigger", position });
      return plain(found) as Finding;
    },
    write: async (name, content = name) => {
      const address = `${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
      await asked(address, { method: "POST", body: content });
    },
    read: async (name) => (await asked(`${objectAddress(name)}?alt=media`)).text(),
    names: async () => {
      const { items = [] } = (await (await asked(`${base}/${bucket}/o`)).json()) as { items?: { name: string }[] };
      return items.map(({ name }) => name);
    },
  };
}

export function definition(name: string) {
  return plugin.definitions.find(({ type }) => type === `io.kestra.plugin.gcp.${name}`)!;
}

async function asked(address: string, options?: RequestInit): Promise<Response> {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** As the store keeps it. */
function plain(found: Awaited<ReturnType<NonNullable<TriggerDefinition["poll"]>>>): unknown {
  if (found === undefined) return undefined;
  const { variables, position } = JSON.parse(JSON.stringify(found)) as JsonMap & { variables?: JsonMap };
  return { ...(variables === undefined ? {} : { blobs: variables["blobs"] }), position };
}
