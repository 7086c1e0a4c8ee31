import {
  defineTask,
  dynamic,
  listOrText,
  maxDurationProperty,
  pollProperty,
  runRemotely,
  text,
  waitProperty,
} from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";
import { keptArtifacts } from "./artifacts.ts";
import { accountApi, connectionProperties } from "./connection.ts";
import { accountRuns, runAnswer } from "./runs.ts";

const override = (what: string) => text().optional().describe(`${what}, in place of the job's.`);

const properties = () =>
  z.object({
    ...connectionProperties(),
    jobId: text().describe("Id of the job."),
    cause: text().default("Triggered by Kestra.").describe("Why it runs, for people. Default: Triggered by Kestra."),
    gitSha: override("Commit to run"),
    gitBranch: override("Branch to run"),
    schemaOverride: override("Schema of the target"),
    dbtVersionOverride: override("Version of dbt"),
    threadsOverride: override("Number of threads"),
    targetNameOverride: override("Name of the target"),
    generateDocsOverride: dynamic(z.boolean()).optional().describe("Whether docs are made, in place of the job's."),
    timeoutSecondsOverride: dynamic(z.int()).optional().describe("Seconds that it may run, in place of the job's."),
    stepsOverride: listOrText().optional().describe("Commands to run, in place of the job's."),
    wait: waitProperty(true),
    pollFrequency: pollProperty(5_000),
    maxDuration: maxDurationProperty(3_600_000),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Starts a job of dbt Cloud. */
export const triggerRun = defineTask({
  type: "io.kestra.plugin.dbt.cloud.TriggerRun",
  title: "Run a dbt Cloud job",
  description:
    "Starts a job and waits for its end. A kill cancels the run. dbt Cloud has no handle to tell repeats by: when the worker is lost " +
    "while the job runs, the task that is given out again starts it again, and dbt Cloud runs the two one after the other.",
  properties,
  outputs: () =>
    z.object({
      runId: z.int().describe("Id of the run."),
      runResults: z.string().optional().describe("The file `run_results.json`, if the run wrote it."),
      manifest: z.string().optional().describe("The file `manifest.json`, if the run wrote it."),
    }),
  examples: [
    {
      title: "Run a job and wait for it",
      code:
        'id: build\ntype: io.kestra.plugin.dbt.cloud.TriggerRun\naccountId: "12345"\njobId: "396284"\n' +
        "token: \"{{ secret('DBT_CLOUD_API_TOKEN') }}\"\n",
    },
    {
      title: "Run other commands on a branch",
      code:
        'id: check\ntype: io.kestra.plugin.dbt.cloud.TriggerRun\naccountId: "12345"\njobId: "396284"\n' +
        'token: "{{ secret(\'DBT_CLOUD_API_TOKEN\') }}"\ngitBranch: "{{ inputs.branch }}"\n' +
        "stepsOverride:\n  - dbt build --select state:modified+\n",
    },
  ],
  async run(context) {
    const { properties: given } = context;
    const api = accountApi(context);
    const runs = accountRuns(api, async (id, signal) =>
      given.parseRunResults ? keptArtifacts(context, api, id, signal) : {},
    );
    const service = { ...runs, start: (signal: AbortSignal) => start(api, given, signal), findsAgain: false };
    return runRemotely(context, service, given);
  },
});

async function start(api: ServiceApi, given: Properties, signal: AbortSignal): Promise<number> {
  const { data } = await ask(api, signal, {
    what: `The start of job ${given.jobId}`,
    path: `/jobs/${pathPart("jobId", given.jobId)}/run/`,
    body: withoutEmpty({
      cause: given.cause,
      git_sha: given.gitSha,
      git_branch: given.gitBranch,
      schema_override: given.schemaOverride,
      dbt_version_override: given.dbtVersionOverride,
      threads_override: (given.threadsOverride ?? "") === "" ? undefined : Number(given.threadsOverride),
      target_name_override: given.targetNameOverride,
      generate_docs_override: given.generateDocsOverride,
      timeout_seconds_override: given.timeoutSecondsOverride,
      steps_override: given.stepsOverride,
    }),
    answer: runAnswer,
    isRepeatable: false,
  });
  return data.id;
}

/** What renders to nothing overrides nothing. */
function withoutEmpty(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined && value !== ""));
}
