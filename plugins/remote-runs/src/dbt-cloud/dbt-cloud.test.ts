import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { DBT_RUN, dbtCloud, dbtRunOf } from "../testing/data-movers.ts";
import { reply, startService } from "../testing/fake-service.ts";
import { routesOf } from "../testing/scenario.ts";
import { checkStatus } from "./check-status.ts";
import { triggerRun } from "./trigger-run.ts";

const { authorization, properties, going, ended } = dbtCloud;
const START = "POST /api/v2/accounts/1/jobs/9/run/";
const RESULTS = `GET ${DBT_RUN}artifacts/run_results.json`;
const MANIFEST = `GET ${DBT_RUN}artifacts/manifest.json`;

test("what the run wrote becomes files", async () => {
  await using service = await startService(authorization, {
    ...routesOf(dbtCloud, ended),
    [RESULTS]: { answers: [{ results: [1] }] },
    [MANIFEST]: { answers: [{ nodes: {} }] },
  });
  await using world = createTestWorld();
  const { outputs } = await world.run(triggerRun, properties(service.url));
  expect(await world.files.text(outputs!["runResults"] as string)).toBe('{"results":[1]}');
  expect(await world.files.text(outputs!["manifest"] as string)).toBe('{"nodes":{}}');
});

test("what renders to nothing overrides nothing", async () => {
  await using service = await startService(authorization, routesOf(dbtCloud, ended));
  await using world = createTestWorld({ variables: { branch: "" } });
  const given = { ...properties(service.url), wait: false, gitBranch: "{{ branch }}", threadsOverride: "{{ branch }}" };
  expect(await world.run(triggerRun, given)).toMatchObject({ state: "SUCCESS" });
});

test("an id that is no number is refused before anything is asked", async () => {
  await using world = createTestWorld();
  const account = { accountId: "1", token: "t" };
  const { message } = await world.run(checkStatus, { ...account, runId: "five" });
  expect(message).toContain("Property `runId`");
});

test("nothing is fetched with parseRunResults: false", async () => {
  await using service = await startService(authorization, routesOf(dbtCloud, ended));
  await using world = createTestWorld();
  await world.run(triggerRun, { ...properties(service.url), parseRunResults: false });
  expect(service.asked).toEqual([START, `GET ${DBT_RUN}`]);
});

test("all that is overridden goes into the request, and nothing else", async () => {
  const request = z.strictObject({
    cause: z.literal("by hand"),
    git_sha: z.literal("abc"),
    git_branch: z.literal("main"),
    schema_override: z.literal("dev"),
    dbt_version_override: z.literal("1.9"),
    threads_override: z.literal(4),
    target_name_override: z.literal("ci"),
    generate_docs_override: z.literal(true),
    timeout_seconds_override: z.literal(60),
    steps_override: z.tuple([z.literal("dbt build")]),
  });
  await using service = await startService(authorization, { [START]: { request, answers: [dbtRunOf(1)] } });
  await using world = createTestWorld();
  const outcome = await world.run(triggerRun, {
    ...properties(service.url),
    wait: false,
    cause: "by hand",
    gitSha: "abc",
    gitBranch: "main",
    schemaOverride: "dev",
    dbtVersionOverride: "1.9",
    threadsOverride: "4",
    targetNameOverride: "ci",
    generateDocsOverride: true,
    timeoutSecondsOverride: 60,
    stepsOverride: ["dbt build"],
  });
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { runId: 5 }, message: undefined });
});

test("a step that failed is shown with the end of its log, and the files are kept", async () => {
  const logs = `${"x".repeat(3_000)}\nDatabase Error in model orders`;
  const run_steps = [
    { name: "Clone", status: 10, logs: "cloned" },
    { name: "Invoke dbt build", status: 20, logs },
  ];
  await using service = await startService(authorization, {
    ...routesOf(dbtCloud, going, dbtRunOf(20)),
    [`GET ${DBT_RUN}?include_related=["run_steps"]`]: { answers: [dbtRunOf(20, { run_steps })] },
    [RESULTS]: { answers: [{ results: [] }] },
    [MANIFEST]: { answers: [reply(403, "no")] },
  });
  await using world = createTestWorld();
  const outcome = await world.run(triggerRun, { ...properties(service.url), pollFrequency: "PT0S" });
  expect(outcome.message).toMatch(
    /^dbt Cloud: run 5 ended error: Invoke dbt build failed:\nx+\nDatabase Error in model orders$/,
  );
  expect(outcome.message!.length).toBeLessThan(2_100);
  expect(await world.files.text(outcome.outputs!["runResults"] as string)).toBe('{"results":[]}');
  expect(world.logs.find(({ level }) => level === "WARN")!.message).toBe(
    "Fetching manifest.json of run 5 at dbt Cloud failed with status 403 and the body: no",
  );
});

test("a look that fails in passing is repeated so often", async () => {
  await using service = await startService(authorization, routesOf(dbtCloud, reply(502), reply(502), ended));
  await using world = createTestWorld();
  expect(await world.run(triggerRun, { ...properties(service.url), maxRetries: 2 })).toMatchObject({
    state: "SUCCESS",
  });
  await using other = await startService(authorization, routesOf(dbtCloud, reply(502), reply(502), ended));
  const outcome = await world.run(triggerRun, { ...properties(other.url), maxRetries: 1 });
  expect(outcome).toMatchObject({ state: "FAILED", outputs: { runId: 5 } });
});

test("CheckStatus waits for a run of somebody else", async () => {
  await using service = await startService(authorization, routesOf(dbtCloud, going, ended));
  await using world = createTestWorld();
  const { jobId: _jobId, ...account } = properties(service.url);
  const outcome = await world.run(checkStatus, { ...account, runId: "5", pollFrequency: "PT0S" });
  expect(outcome).toEqual({ state: "SUCCESS", outputs: {}, message: undefined });
  expect(service.asked).not.toContain(START);
});
