import { createHash } from "node:crypto";
import {
  anyMap,
  defineTask,
  maxDurationProperty,
  pollProperty,
  type RemoteService,
  type RunEnds,
  runRemotely,
  secret,
  type TaskContext,
  TaskFailure,
  text,
  waitProperty,
} from "@capstan/sdk";
import { pathPart, StatusFailure } from "@capstan/sdk/http";
import { z } from "zod";
import { bearerAuth, connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";

const CLOUD = "https://app.windmill.dev";
const ENDS: RunEnds = { SUCCESS: "SUCCESS", FAILED: "FAILED" };

const properties = () =>
  z.object({
    url: text().default(CLOUD).describe(`Address of Windmill. Default: ${CLOUD}.`),
    workspace: text().describe("Id of the workspace."),
    token: secret().describe("Token of a user or of the workspace, which may run what is run."),
    scriptPath: text().optional().describe("Path of the script to run, such as f/sales/load."),
    flowPath: text().optional().describe("In place of `scriptPath`: path of the flow to run."),
    args: anyMap().optional().describe("Arguments, by name."),
    tag: text().optional().describe("Tag of the workers that are to run it. Default: that of the script or flow."),
    wait: waitProperty(true),
    pollFrequency: pollProperty(2_000),
    maxDuration: maxDurationProperty(3_600_000),
    options: requestOptions(),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Runs a script or a flow of Windmill. */
export const runJob = defineTask({
  type: "io.kestra.plugin.windmill.RunJob",
  title: "Run a script or a flow of Windmill",
  description:
    "Starts a script or a flow, and waits for its end. A kill cancels the job. Windmill is told which id the job is to have, which is made of " +
    "the key of the attempt: a task that is given out again, because its worker was lost, finds the job that it has started before. A retry " +
    "starts another one.",
  properties,
  outputs: () =>
    z.object({
      jobId: z.string().describe("Id of the job."),
      jobUrl: z.string().describe("Its page."),
      state: z.string().optional().describe("How it was seen last: QUEUED, RUNNING, SUCCESS or FAILED."),
      result: z.unknown().optional().describe("What it answered, with its own type. Of a failed job, the error."),
    }),
  examples: [
    {
      title: "Run a script and use its result",
      code:
        "id: load\ntype: io.kestra.plugin.windmill.RunJob\nurl: https://windmill.example.com\nworkspace: sales\n" +
        "token: \"{{ secret('WINDMILL_TOKEN') }}\"\nscriptPath: f/sales/load\nargs:\n  day: \"{{ execution.startDate | date('yyyy-MM-dd') }}\"\n",
    },
    {
      title: "Start a flow of Windmill's cloud, and don't wait for it",
      code:
        "id: nightly\ntype: io.kestra.plugin.windmill.RunJob\nworkspace: sales\ntoken: \"{{ secret('WINDMILL_TOKEN') }}\"\n" +
        "flowPath: f/sales/nightly\nwait: false\n",
    },
  ],
  async run(context) {
    return runRemotely(context, jobs(context), context.properties);
  },
});

const seenJob = () =>
  z.object({
    completed: z.boolean(),
    started: z.boolean().nullish(),
    success: z.boolean().nullish(),
    result: z.unknown().optional(),
  });

type SeenJob = z.output<ReturnType<typeof seenJob>>;

function jobs({ properties: given, identity, log }: TaskContext<Properties>): RemoteService<string> {
  const { workspace, token, args = {}, tag = "", options } = given;
  const base = given.url.trim().replace(/\/+$/, "");
  const { kind, path } = targetOf(given);
  const api: ServiceApi = {
    name: "Windmill",
    url: `${base}/api/w/${pathPart("workspace", workspace)}`,
    log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options, bearerAuth(token)),
  };
  const ownId = jobIdOf(identity.attemptKey);
  const find = (id: string, signal: AbortSignal) =>
    ask(api, signal, {
      what: `The status of job ${id}`,
      path: `/jobs_u/completed/get_result_maybe/${id}`,
      params: { get_started: "true" },
      answer: seenJob,
      isRepeatable: true,
    });
  return {
    name: api.name,
    ends: ENDS,
    describe: (id) => `job ${id} of ${path}`,
    outputs: (id) => ({ jobId: id, jobUrl: `${base}/run/${id}?workspace=${encodeURIComponent(workspace)}` }),
    async start(signal) {
      try {
        await ask(api, signal, {
          what: `The start of ${path}`,
          path: `/jobs/run/${kind}/${pathOf(path)}`,
          params: { job_id: ownId, ...(tag !== "" && { tag }) },
          body: args,
          answer: () => z.string(),
          isText: true,
          isRepeatable: true,
        });
      } catch (error) {
        if (!(await isThere(error, () => find(ownId, signal)))) throw error;
      }
      return ownId;
    },
    findsAgain: true,
    async look(id, signal) {
      const seen = await find(id, signal);
      const state = stateOf(seen);
      if (!seen.completed) return { state, outputs: { state } };
      return { state, outputs: { state, result: seen.result }, reason: reasonOf(seen) };
    },
    async cancel(id, signal) {
      await ask(api, signal, {
        what: `Cancelling job ${id}`,
        path: `/jobs_u/queue/cancel/${id}`,
        body: { reason: "the task of Capstan was ended" },
        answer: () => z.string(),
        isText: true,
        isRepeatable: true,
      });
    },
  };
}

/** An id that is taken is a bad request, as others are: whether it was ours tells the job. */
async function isThere(error: unknown, find: () => Promise<unknown>): Promise<boolean> {
  if (!(error instanceof StatusFailure) || error.status !== 400) return false;
  try {
    await find();
    return true;
  } catch (missing) {
    if (missing instanceof StatusFailure && missing.status === 404) return false;
    throw missing;
  }
}

/** The same UUID for the same attempt. */
function jobIdOf(attemptKey: string): string {
  const bytes = createHash("sha256").update(`capstan ${attemptKey}`).digest().subarray(0, 16);
  // Version 8 is for what an application makes as it likes.
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, "$1-$2-$3-$4-$5");
}

function targetOf({ scriptPath = "", flowPath = "" }: Properties): { readonly kind: "p" | "f"; readonly path: string } {
  if ((scriptPath === "") === (flowPath === ""))
    throw new TaskFailure("A job needs either `scriptPath` or `flowPath`, and not both.");
  return scriptPath === "" ? { kind: "f", path: flowPath } : { kind: "p", path: scriptPath };
}

/** Folders and the name stay parts of the path. */
function pathOf(path: string): string {
  return path
    .split("/")
    .map((part) => pathPart("path", part))
    .join("/");
}

function stateOf({ completed, started, success }: SeenJob): string {
  if (!completed) return started === true ? "RUNNING" : "QUEUED";
  return success === true ? "SUCCESS" : "FAILED";
}

/** Errors are results: `{error: {name, message, stack}}`. */
function reasonOf({ result }: SeenJob): string | undefined {
  const read = z.object({ error: z.object({ message: z.string(), name: z.string().optional() }) }).safeParse(result);
  return read.success ? read.data.error.message : undefined;
}
