import type { JsonValue } from "@capstan/model";
import { expect, test } from "vitest";
import { TaskFailure } from "../definition.ts";
import { createTestWorld } from "../test-kit.ts";
import {
  type Change,
  EVENT_CHARACTERS_MAX,
  FAILURES_MAX,
  type ObjectPlace,
  pollObjects,
  type PollObjectsProperties,
  STORING_MS_MAX,
} from "./poll-objects.ts";

interface Found {
  readonly name: string;
  readonly version: string;
}
type Stored = Found & { readonly uri: string };

const ignore = () => undefined;
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A store in memory, which is asked as often as a test likes. */
function setup(objects: Map<string, string>, store?: (change: Change<Found>) => Promise<Stored | undefined>) {
  const world = createTestWorld();
  const warnings: string[] = [];
  let now = 0;
  const place: ObjectPlace<Found, Stored> = {
    about: "place",
    async *list() {
      for (const [name, version] of objects) yield { name, version };
    },
    versionOf: ({ name, version }) => ({ name, version }),
    timeOf: ({ version }) => version,
    targetOf: () => undefined,
    addressOf: ({ name }) => name,
    store: store ?? (async ({ found }) => ({ ...found, uri: await world.files.put("file", found.name) })),
    remove: async ({ name, version }) => void (objects.get(name) === version && objects.delete(name)),
  };
  const ask = async (position?: JsonValue, properties: Partial<PollObjectsProperties> = {}) => {
    const { files } = world;
    const log = { ...SILENT, warn: (message: string) => void warnings.push(message) };
    const context = { files, log, signal: new AbortController().signal, now: () => now, position };
    return pollObjects(context, place, { on: "CREATE_OR_UPDATE", action: "NONE", maxFiles: 25, ...properties });
  };
  return { world, warnings, ask, wait: (ms: number) => void (now += ms) };
}

const named = (count: number, length = 1) =>
  new Map(Array.from({ length: count }, (_, index) => [String(index).padStart(length, "0"), "1"]));
const namesOf = (answer: Awaited<ReturnType<typeof pollObjects>>) =>
  (answer?.variables?.["blobs"] as readonly Stored[] | undefined)?.map(({ name }) => name);

test("what is handled is deleted at the next question, unless it is another content by then", async () => {
  const objects = new Map([
    ["a", "1"],
    ["b", "1"],
  ]);
  const { ask } = setup(objects);
  const first = await ask(undefined, { action: "DELETE" });
  expect(namesOf(first)).toEqual(["a", "b"]);
  expect([...objects.keys()]).toEqual(["a", "b"]);
  objects.set("b", "2");
  const second = await ask(first!.position, { action: "DELETE" });
  expect(namesOf(second)).toEqual(["b"]);
  expect([...objects.keys()]).toEqual(["b"]);
});

test("names that an event has no room for are in the next one", async () => {
  const length = 9_000;
  const objects = named(10, length);
  const { ask } = setup(objects);
  const first = await ask();
  const taken = namesOf(first)!.length;
  expect(taken).toBe(Math.floor(EVENT_CHARACTERS_MAX / (1_000 + 3 * (length + 2))));
  expect(namesOf(await ask(first!.position))).toHaveLength(10 - taken);
});

test.each([
  ["not longer than it may", STORING_MS_MAX / 2, 3],
  ["longer than it may", STORING_MS_MAX / 2 + 1, 2],
])("storing that takes %s goes on or is left for the next question", async (_, stepMs, expected) => {
  const objects = named(3);
  const step = { wait: (_ms: number) => undefined as void };
  const { ask, wait } = setup(objects, async ({ found }) => {
    step.wait(stepMs);
    return { ...found, uri: "kestra:///file" };
  });
  step.wait = wait;
  expect(namesOf(await ask())).toHaveLength(expected);
});

test("what can't be stored is told, and tried again; the others start the flow", async () => {
  const { ask, warnings } = setup(named(2), async ({ found }) => {
    if (found.name === "0") throw new TaskFailure("0 is locked.");
    return { ...found, uri: "kestra:///file" };
  });
  const first = await ask();
  expect(namesOf(first)).toEqual(["1"]);
  expect(warnings).toEqual(["0 is locked. It is tried again later."]);
  await expect(ask(first!.position)).rejects.toThrow("0 is locked.");
});

test("a question gives up after so many failures, and leaves no file", async () => {
  let asked = 0;
  const objects = named(FAILURES_MAX + 5);
  const { ask, world } = setup(objects, async ({ found }) => {
    asked += 1;
    if (asked > 1) throw new TaskFailure(`${found.name} is locked.`);
    return { ...found, uri: await world.files.put("file", "content") };
  });
  await expect(ask()).rejects.toThrow("is locked.");
  expect(asked).toBe(1 + FAILURES_MAX);
  expect(world.files.uris()).toEqual([]);
});
