import { Glue } from "@aws-sdk/client-glue";
import type { JsonMap } from "@capstan/sdk";
import { startServer } from "@capstan/sdk/test-kit";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createServiceWorld, SECRET, tellServer } from "../testing/service-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

async function jobWorld() {
  const world = createServiceWorld(server);
  const { name: jobName } = world;
  const glue = new Glue(world.settings);
  onTestFinished(() => glue.destroy());
  await glue.createJob({ Name: jobName, Role: "role", Command: { Name: "glueetl" } });
  const run = (type: string, properties: JsonMap = {}) => world.run(`glue.${type}`, { jobName, ...properties });
  return { ...world, jobName, glue, run };
}

/** How many looks a run takes to its next state. */
async function looksOfRuns(times: number): Promise<void> {
  const set = (transition: unknown) =>
    tellServer(server, "state-manager/set-transition", { model_name: "glue::job_run", transition });
  await set({ progression: "manual", times });
  onTestFinished(() => set({ progression: "immediate" }));
}

test("a job is started with its arguments and waited for", async () => {
  const { run, glue, jobName, world } = await jobWorld();
  await looksOfRuns(2);
  const { outputs, message } = await run("StartJobRun", { arguments: { "--day": "2026-01-01" }, interval: "PT0.1S" });
  expect(message).toBeUndefined();
  expect(outputs).toMatchObject({ jobName, state: "SUCCEEDED", startedOn: expect.stringMatching(/Z$/) as string });
  expect(world.logs.map((line) => line.message.replace(/run \S+ of \S+/, "run"))).toEqual([
    "Glue: the run is started.",
    "Glue: the run is STARTING.",
    "Glue: the run is RUNNING.",
    "Glue: the run is SUCCEEDED.",
  ]);
  const { JobRun } = await glue.getJobRun({ JobName: jobName, RunId: String(outputs?.["jobRunId"]) });
  expect(JobRun?.Arguments).toEqual({ "--day": "2026-01-01" });
  expect(JSON.stringify(world.logs)).not.toContain(SECRET);
});

test("without wait the id is all that is put out, and another task looks at the run", async () => {
  const { run, jobName } = await jobWorld();
  const { outputs } = await run("StartJobRun", { wait: false });
  expect(outputs).toEqual({ jobName, jobRunId: expect.stringMatching(/^jr_/) as string });
  const seen = await run("GetJobRun", { runId: outputs?.["jobRunId"] as string });
  expect(seen.outputs).toMatchObject({ jobName, jobRunId: outputs?.["jobRunId"], state: "SUCCEEDED" });
});

test("when maxDuration is over the task fails, and the run goes on", async () => {
  const { run, jobName } = await jobWorld();
  await looksOfRuns(1_000);
  const { message } = await run("StartJobRun", { maxDuration: "PT0.2S", interval: "PT0.1S" });
  expect(message).toMatch(`of ${jobName} is still STARTING after PT0.2S (\`maxDuration\`), and goes on.`);
});

test.each([
  ["StartJobRun", {}, "Starting gone failed: Job gone not found"],
  ["GetJobRun", { runId: "jr_1" }, "Looking at the run jr_1 of gone failed: Job gone not found"],
])("%s of a job that is not there", async (type, properties, message) => {
  const { run } = await jobWorld();
  expect((await run(type, { ...properties, jobName: "gone" })).message).toContain(message);
});

/** What the API of Glue answers to each action, as it documents it: the server of the other tests neither stops runs nor lets them fail. */
type Answers = Readonly<Record<string, () => unknown>>;

async function glueServer(answers: Answers) {
  const asked: string[] = [];
  const glue = await startServer((request, response) => {
    const action = String(request.headers["x-amz-target"]).replace("AWSGlue.", "");
    asked.push(action);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify(answers[action]?.() ?? {}));
  });
  onTestFinished(() => glue[Symbol.asyncDispose]());
  return { endpoint: glue.url, asked };
}

describe("a run", () => {
  const state = (JobRunState: string, more = {}) => ({ JobRun: { JobRunState, ...more } });
  const StartJobRun = () => ({ JobRunId: "jr_1" });

  test.each(["FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"])(
    "that ends %s fails the task with the reason",
    async (end) => {
      const GetJobRun = () => state(end, { ErrorMessage: "out of memory." });
      const { run } = createServiceWorld(await glueServer({ StartJobRun, GetJobRun }));
      const outcome = await run("glue.StartJobRun", { jobName: "load" });
      expect(outcome.message).toBe(`Glue: the run jr_1 of load ended ${end}: out of memory.`);
      expect(outcome.outputs).toMatchObject({ jobRunId: "jr_1", state: end, errorMessage: "out of memory." });
    },
  );

  test("is stopped by a kill, also when it is only being started", async () => {
    const kill = new AbortController();
    const fake = await glueServer({
      StartJobRun: () => {
        kill.abort(new Error("killed"));
        return { JobRunId: "jr_1" };
      },
    });
    const { run, world } = createServiceWorld(fake, { signal: kill.signal });
    expect((await run("glue.StartJobRun", { jobName: "load" })).message).toBe("killed");
    expect(fake.asked).toEqual(["StartJobRun", "BatchStopJobRun"]);
    expect(world.logs.at(-1)?.message).toBe("Glue: the run jr_1 of load is cancelled.");
  });

  test("that can't be stopped by a kill is told", async () => {
    const kill = new AbortController();
    const ErrorDetail = { ErrorCode: "ConcurrentModification", ErrorMessage: "it is busy." };
    const fake = await glueServer({
      StartJobRun,
      GetJobRun: () => {
        kill.abort(new Error("killed"));
        return state("RUNNING");
      },
      BatchStopJobRun: () => ({ Errors: [{ JobName: "load", JobRunId: "jr_1", ErrorDetail }] }),
    });
    const { run, world } = createServiceWorld(fake, { signal: kill.signal });
    expect((await run("glue.StartJobRun", { jobName: "load" })).message).toBe("killed");
    expect(world.logs.at(-1)).toMatchObject({
      level: "WARN",
      message: expect.stringContaining("it is busy (ConcurrentModification)") as string,
    });
  });

  test.each([
    [true, ["STOPPING", "STOPPED"], "STOPPED"],
    [false, ["STOPPING"], "STOPPING"],
  ])("is stopped by a task, with wait: %s", async (wait, states, end) => {
    const left = [...states];
    const fake = await glueServer({ GetJobRun: () => state(left.shift()!) });
    const { run } = createServiceWorld(fake);
    const properties = { jobName: "load", jobRunId: "jr_1", wait, interval: "PT0.1S" };
    expect((await run("glue.StopJobRun", properties)).outputs).toMatchObject({ jobRunId: "jr_1", state: end });
    expect(fake.asked[0]).toBe("BatchStopJobRun");
  });
});
