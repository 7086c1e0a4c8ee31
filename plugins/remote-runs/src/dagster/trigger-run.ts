import {
  anyMap,
  defineTask,
  type RunEnds,
  maxDurationProperty,
  pollProperty,
  type RemoteService,
  runRemotely,
  type TaskContext,
  TaskFailure,
  text,
  waitProperty,
} from "@capstan/sdk";
import { z } from "zod";
import { connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";
import { FIND, LAUNCH, STATUS, TERMINATE } from "./graphql.ts";

const ENDS: RunEnds = { SUCCESS: "SUCCESS", FAILURE: "FAILED", CANCELED: "FAILED" };
/** Tells the run of an attempt from all others. */
export const ATTEMPT_TAG = "capstan/attempt";

const properties = () =>
  z.object({
    baseUrl: text().describe("Address of the GraphQL API, such as http://dagster.example.com:3000/graphql."),
    location: text().describe("Code location of the job."),
    repository: text().describe("Repository of the job; `__repository__` where none is named."),
    jobName: text().describe("Name of the job."),
    body: anyMap().optional().describe("What the run is made of: `runConfig`, and `tags` as a map."),
    wait: waitProperty(false),
    pollFrequency: pollProperty(5_000),
    maxDuration: maxDurationProperty(1_800_000),
    options: requestOptions(),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Launches a job of Dagster. */
export const triggerRun = defineTask({
  type: "io.kestra.plugin.dagster.TriggerRun",
  title: "Run a Dagster job",
  description:
    "Launches a job, and with `wait` waits for its end. A kill terminates the run. The run is tagged with the key of the attempt: a task " +
    `that is given out again, because its worker was lost, finds the run that it has started before by \`${ATTEMPT_TAG}\`. A retry starts another one.`,
  properties,
  outputs: () =>
    z.object({
      runId: z.string().describe("Id of the run."),
      jobName: z.string().describe("Name of the job."),
      status: z.string().optional().describe("How it was seen last, such as SUCCESS; absent without `wait`."),
      startTime: z.string().optional().describe("When it started."),
      endTime: z.string().optional().describe("When it ended."),
    }),
  examples: [
    {
      title: "Run a job and wait for it",
      code:
        "id: run\ntype: io.kestra.plugin.dagster.TriggerRun\nbaseUrl: http://dagster.example.com:3000/graphql\n" +
        'location: warehouse\nrepository: __repository__\njobName: daily\nwait: true\nbody:\n  tags:\n    execution: "{{ execution.id }}"\n',
    },
  ],
  async run(context) {
    return runRemotely(context, jobRuns(context), context.properties);
  },
});

function jobRuns(context: TaskContext<Properties>): RemoteService<string> {
  const { baseUrl: url, jobName, options } = context.properties;
  const api: ServiceApi = {
    name: "Dagster",
    url,
    log: context.log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options),
  };
  return {
    name: api.name,
    ends: ENDS,
    describe: (runId) => `run ${runId} of ${jobName}`,
    outputs: (runId) => ({ runId, jobName }),
    start: async (signal) => (await findRun(api, context, signal)) ?? launchRun(api, context, signal),
    findsAgain: true,
    async look(runId, signal) {
      const what = `The status of run ${runId}`;
      const run = await graphql(api, signal, { what, query: STATUS, variables: { runId }, isRepeatable: true });
      const { status, startTime, endTime } = told(
        what,
        "Run",
        run,
        z.object({
          status: z.string(),
          startTime: z.number().nullish(),
          endTime: z.number().nullish(),
        }),
      );
      const outputs = {
        status,
        ...(startTime != null && { startTime: dateOf(startTime) }),
        ...(endTime != null && { endTime: dateOf(endTime) }),
      };
      return { state: status, outputs };
    },
    async cancel(runId, signal) {
      const what = `Terminating run ${runId}`;
      const ended = await graphql(api, signal, { what, query: TERMINATE, variables: { runId }, isRepeatable: true });
      told(what, "TerminateRunSuccess", ended, z.unknown());
    },
  };
}

/** The run that this attempt has started before, unless that failed. */
async function findRun(api: ServiceApi, { identity }: TaskContext<Properties>, signal: AbortSignal) {
  const what = "The search for a run of this attempt";
  const variables = { tag: ATTEMPT_TAG, value: identity.attemptKey };
  const found = await graphql(api, signal, { what, query: FIND, variables, isRepeatable: true });
  const { results } = told(what, "Runs", found, z.object({ results: z.array(z.object({ runId: z.string() })) }));
  return results[0]?.runId;
}

async function launchRun(
  api: ServiceApi,
  { properties: given, identity }: TaskContext<Properties>,
  signal: AbortSignal,
) {
  const { location, repository, jobName, body = {} } = given;
  const what = `The start of ${jobName}`;
  const tags = { ...(body["tags"] as object | undefined), [ATTEMPT_TAG]: identity.attemptKey };
  const executionParams = {
    selector: { repositoryLocationName: location, repositoryName: repository, jobName },
    runConfigData: body["runConfig"] ?? body["runConfigData"] ?? {},
    executionMetadata: { tags: Object.entries(tags).map(([key, value]) => ({ key, value: asText(value) })) },
  };
  const launched = await graphql(api, signal, {
    what,
    query: LAUNCH,
    variables: { executionParams },
    isRepeatable: false,
  });
  return told(what, "LaunchRunSuccess", launched, z.object({ run: z.object({ runId: z.string() }) })).run.runId;
}

interface Question {
  readonly what: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly isRepeatable: boolean;
}

const answer = () =>
  z.object({
    data: z.record(z.string(), z.looseObject({ __typename: z.string() })).nullish(),
    errors: z.array(z.object({ message: z.string() })).optional(),
  });

type Told = NonNullable<z.output<ReturnType<typeof answer>>["data"]>[string];

/** The only field of the answer. Throws what Dagster says about a query that it doesn't take. */
async function graphql(api: ServiceApi, signal: AbortSignal, question: Question): Promise<Told> {
  const { what, isRepeatable, ...body } = question;
  const { data, errors } = await ask(api, signal, { what, path: "", body, answer, isRepeatable });
  const [first] = Object.values(data ?? {});
  if (first !== undefined) return first;
  const said = errors?.map(({ message }) => message).join("; ") ?? "no data";
  throw new TaskFailure(`${what} at ${api.name} failed: ${said}`);
}

/** What was hoped for; Dagster answers refusals as values of another type. */
function told<Schema extends z.ZodType>(what: string, type: string, given: Told, schema: Schema): z.output<Schema> {
  const read = schema.safeParse(given);
  if (given.__typename === type && read.success) return read.data;
  const { message, errors } = given as { message?: string; errors?: readonly { message?: string }[] };
  const said = message ?? errors?.map((error) => error.message).join("; ") ?? "";
  throw new TaskFailure(`${what} at Dagster failed: ${given.__typename}${said === "" ? "" : `: ${said}`}`);
}

function dateOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
