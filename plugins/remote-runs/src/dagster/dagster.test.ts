import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { type Answer, startService } from "../testing/fake-service.ts";
import { dagster, dagsterQuestion } from "../testing/schedulers.ts";
import { FIND, LAUNCH, STATUS, TERMINATE } from "./graphql.ts";
import { triggerRun } from "./trigger-run.ts";

const { authorization, properties, going, ended } = dagster;
const found = (...runIds: readonly string[]) => ({
  data: { runsOrError: { __typename: "Runs", results: runIds.map((runId) => ({ runId })) } },
});
const launch = (answer: object) => ({ data: { launchRun: answer } });
const serve = (...answers: readonly Answer[]) =>
  startService(authorization, { "POST /graphql": { request: dagsterQuestion(), answers } });
const questionsTo = (service: Awaited<ReturnType<typeof serve>>) =>
  service.received.map(({ body }) => (JSON.parse(body) as { query: string }).query);

test("an attempt that is given out again finds the run that it has started before", async () => {
  await using service = await serve(found("r-1"), going, ended);
  await using world = createTestWorld();
  const outcome = await world.run(triggerRun, { ...properties(service.url), wait: true, pollFrequency: "PT0S" });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { runId: "r-1" } });
  expect(questionsTo(service)).toEqual([FIND, STATUS, STATUS]);
});

test("the configuration and the tags of the body are sent, with the tag of the attempt", async () => {
  await using service = await serve(found(), launch({ __typename: "LaunchRunSuccess", run: { runId: "r-1" } }));
  await using world = createTestWorld();
  const body = { runConfig: { ops: { load: { config: { n: 1 } } } }, tags: { team: "data", level: 2 } };
  expect(await world.run(triggerRun, { ...properties(service.url), body })).toMatchObject({ state: "SUCCESS" });
  expect(service.body("POST /graphql")).toMatchObject({
    query: LAUNCH,
    variables: {
      executionParams: {
        runConfigData: body.runConfig,
        executionMetadata: {
          tags: [
            { key: "team", value: "data" },
            { key: "level", value: "2" },
            { key: "capstan/attempt", value: "taskrun1-1" },
          ],
        },
      },
    },
  });
});

test("a kill terminates the run", async () => {
  const kill = new AbortController();
  const killed = () => {
    kill.abort(new Error("the task was killed"));
    return going;
  };
  const terminated = { data: { terminateRun: { __typename: "TerminateRunSuccess", run: { runId: "r-1" } } } };
  await using service = await serve(found("r-1"), killed, terminated);
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = await world.run(triggerRun, { ...properties(service.url), wait: true });
  expect(outcome.message).toBe("the task was killed");
  expect(questionsTo(service).at(-1)).toBe(TERMINATE);
  expect(world.logs.at(-1)!.message).toBe("Dagster: run r-1 of daily is cancelled.");
});

test.each([
  [{ __typename: "PipelineNotFoundError", message: "no job daily" }, "PipelineNotFoundError: no job daily"],
  [
    { __typename: "RunConfigValidationInvalid", errors: [{ message: "n is missing" }, { message: "m is unknown" }] },
    "RunConfigValidationInvalid: n is missing; m is unknown",
  ],
  [{ __typename: "UnauthorizedError" }, "UnauthorizedError"],
])("a refusal, which Dagster gives with status 200, fails the task", async (refusal, said) => {
  await using service = await serve(found(), launch(refusal));
  await using world = createTestWorld();
  const outcome = await world.run(triggerRun, properties(service.url));
  expect(outcome.message).toBe(`The start of daily at Dagster failed: ${said}`);
});

test("a query that Dagster doesn't understand fails with what it says", async () => {
  await using service = await serve({ errors: [{ message: 'Cannot query field "runsOrError"' }] });
  await using world = createTestWorld();
  const outcome = await world.run(triggerRun, properties(service.url));
  expect(outcome.message).toBe(
    'The search for a run of this attempt at Dagster failed: Cannot query field "runsOrError"',
  );
});
