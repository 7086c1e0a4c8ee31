import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { scheduleMonitor } from "./schedule-monitor.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const SCHEDULE = "io.kestra.plugin.core.trigger.Schedule";
const FINE = { date: "2026-03-01T11:00:00Z", nextExecutionDate: "2026-03-01T13:00:00Z", disabled: false };

/** What a server before 2.0 answers of one trigger, and how it is told of. */
async function told(changes: object, properties: object, type = SCHEDULE, shape: "old" | "new" = "old") {
  const place = { tenantId: "main", namespace: "company", flowId: "load", triggerId: "hourly" };
  const state = { ...place, ...FINE, ...changes };
  const definition = { id: "hourly", type };
  const row =
    shape === "old"
      ? { abstractTrigger: definition, triggerContext: state }
      : { trigger: definition, state: { ...state, date: undefined, nextExecutionDate: undefined } };
  await using server = await startServer((request, response) => {
    const started = "2026-03-01T11:30:00Z";
    const execution = {
      id: "e",
      state: { current: request.url?.endsWith("/runs") ? "RUNNING" : "SUCCESS", startDate: started },
    };
    const answer = request.url?.includes("/executions/") ? execution : { results: [row], total: 1 };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await using world = createTestWorld({ now: () => NOW });
  const event = await world.poll(scheduleMonitor, { kestraUrl: server.url, ...properties });
  return event?.variables?.["data"];
}

test.each([
  ["what is in time", {}, {}, false],
  ["what is late", { nextExecutionDate: "2026-03-01T11:58:59Z" }, {}, true],
  [
    "what is late by less than it may be",
    { nextExecutionDate: "2026-03-01T11:58:59Z" },
    { allowedDelay: "PT2M" },
    false,
  ],
  ["what has no next time", { nextExecutionDate: undefined }, {}, true],
  ["what is backfilled", { nextExecutionDate: undefined, backfill: { paused: false } }, {}, false],
  ["what is disabled", { nextExecutionDate: undefined, disabled: true }, {}, false],
  ["what is disabled, when asked for", { disabled: true }, { includeDisabled: true }, true],
  ["what ran long ago", {}, { maxExecutionInterval: "PT59M" }, true],
  ["what ran not so long ago", {}, { maxExecutionInterval: "PT1H" }, false],
  ["what never ran", { date: undefined }, { maxExecutionInterval: "PT1S" }, false],
  ["what runs for too long", { executionId: "runs" }, { maxExecutionDuration: "PT29M" }, true],
  ["what runs for not so long", { executionId: "runs" }, { maxExecutionDuration: "PT30M" }, false],
  ["what has ended", { executionId: "ended" }, { maxExecutionDuration: "PT1S" }, false],
  ["what runs, if nobody asks how long", { executionId: "runs" }, {}, false],
])("%s is told of as it should be", async (_what, changes, properties, expected) => {
  expect((await told(changes, properties)) !== undefined).toBe(expected);
});

test.each(["io.kestra.plugin.core.http.Trigger", "io.kestra.plugin.core.trigger.ScheduleLike"])(
  "a %s is no schedule",
  async (type) => {
    expect(await told({ nextExecutionDate: undefined }, {}, type)).toBeUndefined();
  },
);

test("a server since 2.0 has other names for the times", async () => {
  const changes = { lastTriggeredDate: "2026-03-01T10:00:00Z", nextEvaluationDate: "2026-03-01T11:00:00Z" };
  expect(await told(changes, {}, SCHEDULE, "new")).toEqual([
    {
      namespace: "company",
      flowId: "load",
      triggerId: "hourly",
      lastExecution: "2026-03-01T10:00:00Z",
      expectedNext: "2026-03-01T11:00:00Z",
    },
  ]);
});
