import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CapstanServer, startCapstan } from "../testing/capstan-server.ts";
import { scheduleMonitor } from "./schedule-monitor.ts";
import { toggle } from "./toggle.ts";

let server: CapstanServer;
beforeAll(async () => {
  server = await startCapstan();
});
afterAll(() => server[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const task = "tasks:\n  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: hello\n";
/** Two schedules that are due once a year, and a trigger that is none. */
const flow = (namespace: string, id: string) =>
  `id: ${id}\nnamespace: ${namespace}\n${task}triggers:\n` +
  ["first", "second"]
    .map((name) => `  - id: ${name}\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: 0 0 1 1 *\n`)
    .join("") +
  "  - id: poll\n    type: io.kestra.plugin.core.http.Trigger\n    interval: PT1H\n    uri: http://127.0.0.1:9\n";

/** Stores flows, given as `namespace/id`, and waits until the server has taken up their triggers. */
async function apply(...flows: readonly string[]): Promise<void> {
  const places = flows.map((written) => written.split("/") as [string, string]);
  await server.apply(...places.map(([namespace, id]) => flow(namespace, id)));
  for (const [namespace, id] of places)
    await expect
      .poll(async () => (await states(namespace)).filter(({ flowId }) => flowId === id).length, { timeout: 20_000 })
      .toBe(3);
}

interface Context {
  readonly flowId: string;
  readonly triggerId: string;
  readonly disabled: boolean;
  readonly nextExecutionDate?: string;
}
async function states(namespace: string): Promise<readonly Context[]> {
  const found = await server.call("GET", `/triggers/search?size=100&filters[namespace][EQUALS]=${namespace}`);
  return (found as { results: { triggerContext: Context }[] }).results.map(({ triggerContext }) => triggerContext);
}
const disabledIn = async (namespace: string) =>
  (await states(namespace)).filter(({ disabled }) => disabled).map(({ flowId, triggerId }) => `${flowId}.${triggerId}`);

async function run(definition: TaskDefinition, properties: JsonMap, namespace = "company.team") {
  await using world = createTestWorld({ identity: { namespace } });
  const outcome = await world.run(definition, { kestraUrl: server.url, ...properties });
  return { ...outcome, logs: world.logs };
}

async function poll(properties: JsonMap, now = Date.now()) {
  await using world = createTestWorld({ now: () => now });
  const event = await world.poll(scheduleMonitor, { kestraUrl: server.url, ...properties });
  const data = (event?.variables?.["data"] ?? []) as { triggerId: string; flowId: string }[];
  return { event, told: data.map(({ flowId, triggerId }) => `${flowId}.${triggerId}`).toSorted() };
}

test.each([
  ["one", { flowId: "a", trigger: "first" }, ["a.first"]],
  ["of-a-flow", { flowId: "a" }, ["a.first", "a.poll", "a.second"]],
  ["all", {}, ["a.first", "a.poll", "a.second", "b.first", "b.poll", "b.second"]],
])("triggers are disabled and enabled again: %s", async (namespace, properties, expected) => {
  await apply(`${namespace}/a`, `${namespace}/b`, `${namespace}.below/a`);
  const disabled = await run(toggle, { namespace, ...properties });
  expect(disabled.state).toBe("SUCCESS");
  expect(disabled.logs.at(-1)).toMatchObject({
    level: "INFO",
    message: expect.stringContaining(`: ${expected.length}.`),
  });
  expect((await disabledIn(namespace)).toSorted()).toEqual(expected);
  expect(await disabledIn(`${namespace}.below`)).toEqual([]);
  await run(toggle, { namespace, ...properties, enabled: true });
  expect(await disabledIn(namespace)).toEqual([]);
});

test("without a namespace it is that of the flow of the task", async () => {
  await apply("own/a");
  await run(toggle, { flowId: "a", trigger: "second" }, "own");
  expect(await disabledIn("own")).toEqual(["a.second"]);
});

test("a trigger that isn't there is told of", async () => {
  await apply("missing/a");
  const { state, logs } = await run(toggle, { namespace: "missing", flowId: "a", trigger: "third" });
  expect(state).toBe("SUCCESS");
  expect(logs.at(-1)).toEqual({
    level: "WARN",
    message: "Disabling triggers of missing.a.third changed nothing: check `namespace`, `flowId` and `trigger`.",
  });
  expect(await disabledIn("missing")).toEqual([]);
});

test("a schedule is told of when it is later than it may be", async () => {
  await apply("late/a", "late.below/b", "other/a");
  const due = Date.parse((await states("late"))[0]!.nextExecutionDate!);
  const at = async (now: number, properties: JsonMap = {}) =>
    (await poll({ namespace: "late", ...properties }, now)).told;
  expect(await at(due)).toEqual([]);
  expect(await at(due + 60_000)).toEqual([]);
  const all = ["a.first", "a.second", "b.first", "b.second"];
  expect(await at(due + 60_001)).toEqual(all);
  expect(await at(due + 60_001, { flowId: "b" })).toEqual(["b.first", "b.second"]);
  expect(await at(due + HOUR_MS, { allowedDelay: "PT1H" })).toEqual([]);
  expect(await at(due + HOUR_MS + 1, { allowedDelay: "PT1H" })).toEqual(all);
});

test("an event has what a flow needs to find the schedule", async () => {
  await apply("event/a");
  const { nextExecutionDate } = (await states("event"))[0]!;
  const { event } = await poll({ namespace: "event" }, Date.parse(nextExecutionDate!) + HOUR_MS);
  const place = { namespace: "event", flowId: "a", expectedNext: nextExecutionDate };
  expect(event!.variables!["data"]).toEqual([
    { ...place, triggerId: "first" },
    { ...place, triggerId: "second" },
  ]);
});

test("without trouble there is no event", async () => {
  await apply("fine/a");
  expect((await poll({ namespace: "fine" })).event).toBeUndefined();
});

test("a disabled schedule is told of when that is asked for", async () => {
  await apply("disabled/a");
  await run(toggle, { namespace: "disabled", flowId: "a", trigger: "first" });
  const { nextExecutionDate: due } = (await states("disabled")).find(({ triggerId }) => triggerId === "second")!;
  const late = Date.parse(due!) + HOUR_MS;
  expect((await poll({ namespace: "disabled" }, late)).told).toEqual(["a.second"]);
  expect((await poll({ namespace: "disabled", includeDisabled: true })).told).toEqual(["a.first"]);
});
