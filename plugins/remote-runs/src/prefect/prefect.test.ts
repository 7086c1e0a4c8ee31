import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { reply, startService } from "../testing/fake-service.ts";
import { ATTEMPT, flowRun } from "../testing/schedulers.ts";
import { createFlowRun } from "./create-flow-run.ts";

const START = "POST /api/deployments/d-1/create_flow_run";
const request = z.strictObject({ idempotency_key: z.literal(ATTEMPT) });

test("a server of one's own needs neither key nor account, and its pages are beside the API", async () => {
  await using service = await startService(undefined, {
    [START]: { request, answers: [flowRun("SCHEDULED")] },
    "GET /api/flow_runs/f-1": { answers: [flowRun("COMPLETED")] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(createFlowRun, { apiUrl: `${service.url}/api/`, deploymentId: "d-1" });
  expect(outcome.outputs).toEqual({
    flowRunId: "f-1",
    state: "COMPLETED",
    flowRunUrl: `${service.url}/runs/flow-run/f-1`,
  });
});

test("a start that may have been done is sent again: the key of the attempt makes it one", async () => {
  await using service = await startService(undefined, {
    [START]: { request, answers: [reply(502), flowRun("SCHEDULED")] },
  });
  await using world = createTestWorld();
  const properties = { apiUrl: `${service.url}/api`, deploymentId: "d-1", wait: false };
  expect(await world.run(createFlowRun, properties)).toMatchObject({ state: "SUCCESS" });
  expect(service.asked).toEqual([START, START]);
});

test("the cloud without an account is refused before anything is sent", async () => {
  await using world = createTestWorld();
  const outcome = await world.run(createFlowRun, { apiKey: "k", deploymentId: "d-1" });
  expect(outcome.message).toMatch(/^Prefect Cloud needs `accountId` and `workspaceId`\./);
});
