import type { JsonMap, JsonValue, TaskDefinition, TriggerDefinition } from "@capstan/sdk";
import { textBody } from "@capstan/sdk/http";
import { createTestWorld, type TaskOutcome, type TestOptions } from "@capstan/sdk/test-kit";
import { type TestWorld, matchingRenderer } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import { readXml } from "../xml.ts";
import { type BlobApi, openBlobs } from "../blob/blob-api.ts";
import plugin from "../index.ts";
import { ACCOUNT, KEY } from "./azurite.ts";

/** A container of its own for one test, a world for tasks that use it, and a look past them. */
export interface BlobWorld {
  readonly world: TestWorld;
  readonly container: string;
  readonly api: BlobApi;
  /** What a task needs for this container. */
  readonly place: JsonMap;
  /** Runs `io.kestra.plugin.azure.storage.blob.<name>`. */
  readonly run: (name: string, properties: JsonMap) => Promise<TaskOutcome>;
  /** Asks the trigger, with a position as it would come from the store. */
  readonly ask: (properties: JsonMap, position?: JsonValue) => Promise<Finding>;
  /** Writes a blob past the tasks. */
  readonly write: (name: string, content?: string, headers?: Record<string, string>) => Promise<void>;
  readonly read: (name: string) => Promise<string>;
  /** What headers say of a blob. */
  readonly headerOf: (name: string, header: string) => Promise<string | undefined>;
  readonly names: () => Promise<readonly string[]>;
}

/** What a trigger answered. */
export type Finding = { readonly blobs?: readonly Found[]; readonly position?: JsonValue } | undefined;
export type Found = Readonly<Record<"name" | "uri" | "changeType", string>>;

let containers = 0;

export async function createBlobWorld(endpoint: string, options: TestOptions = {}): Promise<BlobWorld> {
  containers += 1;
  const container = `world-${process.pid}-${containers}`;
  const world = createTestWorld({ renderer: matchingRenderer(options.variables ?? {}), ...options });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const connection = { endpoint, sharedKeyAccountName: ACCOUNT, sharedKeyAccountAccessKey: KEY };
  const api = openBlobs({ signal: new AbortController().signal, now: Date.now }, connection);
  const what = "The test";
  await api.done({ what, method: "PUT", path: `/${container}`, params: { restype: "container" } });
  const place = { ...connection, container };
  const pathOf = (name: string) => `/${container}/${name.split("/").map(encodeURIComponent).join("/")}`;
  return {
    world,
    container,
    api,
    place,
    run: (name, properties) => world.run(definition(name) as TaskDefinition, { ...place, ...properties }),
    ask: async (properties, position) => {
      const trigger = definition("Trigger") as TriggerDefinition;
      const context = world.context<never>(trigger, { ...place, action: "NONE", ...properties });
      const found = await trigger.poll?.({ ...context, ...world.identity, triggerId: "trigger", position });
      return plain(found) as Finding;
    },
    write: async (name, content = name, headers = {}) => {
      const own = { "x-ms-blob-type": "BlockBlob", ...headers };
      const body = textBody(content, "text/plain");
      await api.done({ what, method: "PUT", path: pathOf(name), headers: own, content: body });
    },
    read: (name) => api.text({ what, method: "GET", path: pathOf(name) }),
    headerOf: async (name, header) => (await api.done({ what, method: "HEAD", path: pathOf(name) })).header(header),
    names: async () => {
      const params = { restype: "container", comp: "list" };
      const answer = readXml(await api.text({ what, method: "GET", path: `/${container}`, params }));
      return [...namesIn(answer)];
    },
  };
}

function* namesIn({ name, text, children }: ReturnType<typeof readXml>): Generator<string> {
  if (name === "Name") yield text;
  for (const child of children) yield* namesIn(child);
}

export function definition(name: string) {
  return plugin.definitions.find(({ type }) => type === `io.kestra.plugin.azure.storage.blob.${name}`)!;
}

/** As the store keeps it. */
function plain(found: Awaited<ReturnType<NonNullable<TriggerDefinition["poll"]>>>): unknown {
  if (found === undefined) return undefined;
  const { variables, position } = JSON.parse(JSON.stringify(found)) as JsonMap & { variables?: JsonMap };
  return { ...(variables === undefined ? {} : { blobs: variables["blobs"] }), position };
}
