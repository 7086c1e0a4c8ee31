import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { hightouch } from "../testing/data-movers.ts";
import { startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { sync } from "./sync.ts";

const { authorization, properties, ended } = hightouch;

test("a run whose rows were refused in part ends with a warning", async () => {
  const partly = { data: [{ id: 42, status: "completed_with_errors", failedRows: { addedCount: 2 }, error: null }] };
  await using service = await startService(authorization, routesOf(hightouch, partly));
  await using world = createTestWorld();
  const outcome = await world.run(sync, properties(service.url));
  expect(outcome.state).toBe("WARNING");
  expect(outcome.outputs).toMatchObject({ runId: 42, metadata: { failedRows: { addedCount: 2 } } });
});

test("a run that is not listed yet is waited for", async () => {
  const other = { data: [{ id: 41, status: "failed" }] };
  await using service = await startService(authorization, routesOf(hightouch, { data: [] }, other, ended));
  await using world = createTestWorld();
  const outcome = await world.run(sync, { ...properties(service.url), pollFrequency: "PT0S" });
  expect(outcome.state).toBe("SUCCESS");
});

test("all rows are sent with fullResynchronization", async () => {
  const request = z.strictObject({ fullResync: z.literal(true) });
  await using service = await startService(authorization, {
    "POST /api/v1/syncs/7/trigger": { request, answers: [{ id: 42 }] },
  });
  await using world = createTestWorld({ variables: { sync: "7" } });
  const given = { ...properties(service.url), syncId: "{{ sync }}", fullResynchronization: true, wait: false };
  expect(await world.run(sync, given)).toMatchObject({ outputs: { runId: 42 } });
});
