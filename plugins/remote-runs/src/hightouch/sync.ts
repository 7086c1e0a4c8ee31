import {
  defineTask,
  dynamic,
  type RunEnds,
  maxDurationProperty,
  pollProperty,
  type RemoteService,
  runRemotely,
  secret,
  type TaskContext,
  text,
  waitProperty,
} from "@capstan/sdk";
import { z } from "zod";
import { bearerAuth, connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";

const API_URL = "https://api.hightouch.com";

/** `queued`, `querying`, `processing` and `reporting` go on. */
const ENDS: RunEnds = {
  success: "SUCCESS",
  warning: "WARNING",
  completed_with_errors: "WARNING",
  failed: "FAILED",
  cancelled: "FAILED",
  interrupted: "FAILED",
};

const properties = () =>
  z.object({
    token: secret().describe("Key of the API."),
    syncId: dynamic(z.int()).describe("Id of the sync."),
    fullResynchronization: dynamic(z.boolean())
      .default(false)
      .describe("Whether all rows are sent, not only those that changed. Default: false."),
    wait: waitProperty(true),
    maxDuration: maxDurationProperty(300_000),
    pollFrequency: pollProperty(1_000),
    baseUrl: text().default(API_URL).describe(`Address of the API, up to its version. Default: ${API_URL}.`),
    options: requestOptions(),
  });

const rows = () =>
  z.object({ addedCount: z.int().nullish(), changedCount: z.int().nullish(), removedCount: z.int().nullish() });

const details = () =>
  z.object({
    id: z.coerce.number().describe("Id of the run."),
    status: z.string().describe("How it ended, in capitals."),
    plannedRows: rows().nullish().describe("Rows that were to be sent: addedCount, changedCount, removedCount."),
    successfulRows: rows().nullish().describe("Rows that the destination took."),
    failedRows: rows().nullish().describe("Rows that the destination refused."),
    querySize: z.int().nullish().describe("Rows of the query."),
    createdAt: z.string().nullish().describe("When it was asked for."),
    startedAt: z.string().nullish().describe("When it started."),
    finishedAt: z.string().nullish().describe("When it ended."),
    completionRatio: z.number().nullish().describe("Done part, from 0 to 1."),
    error: z.unknown().optional().describe("Why it failed."),
  });

/** Runs a sync of Hightouch. */
export const sync = defineTask({
  type: "io.kestra.plugin.hightouch.Sync",
  title: "Run a Hightouch sync",
  description:
    "Starts a run of a sync and waits for its end; a run that was completed with rows refused ends the task with WARNING. The API " +
    "neither cancels a run, so that a kill leaves it running, nor tells repeats apart.",
  properties,
  outputs: () =>
    z.object({
      runId: z.int().describe("Id of the run."),
      metadata: details().optional().describe("The run as it ended; absent with `wait: false`."),
    }),
  examples: [
    {
      title: "Run a sync and wait for it",
      code:
        "id: sync\ntype: io.kestra.plugin.hightouch.Sync\nsyncId: 1127166\n" +
        "token: \"{{ secret('HIGHTOUCH_API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    return runRemotely(context, syncRuns(context), context.properties);
  },
});

function syncRuns({
  properties: given,
  log,
}: TaskContext<z.output<ReturnType<typeof properties>>>): RemoteService<number> {
  const { token, baseUrl, options, syncId, fullResynchronization } = given;
  const api: ServiceApi = {
    name: "Hightouch",
    url: baseUrl,
    log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options, bearerAuth(token)),
  };
  return {
    name: api.name,
    ends: ENDS,
    describe: (runId) => `run ${runId} of sync ${syncId}`,
    outputs: (runId) => ({ runId }),
    async start(signal) {
      const { id } = await ask(api, signal, {
        what: `The start of sync ${syncId}`,
        path: `/api/v1/syncs/${syncId}/trigger`,
        body: { fullResync: fullResynchronization },
        answer: () => z.object({ id: z.coerce.number() }),
        isRepeatable: false,
      });
      return id;
    },
    findsAgain: false,
    async look(runId, signal) {
      const { data } = await ask(api, signal, {
        what: `The status of run ${runId}`,
        path: `/api/v1/syncs/${syncId}/runs`,
        params: { runId: String(runId) },
        answer: () => z.object({ data: z.array(details()) }),
        isRepeatable: true,
      });
      const run = data.find(({ id }) => id === runId);
      // A run is listed a moment after it was asked for.
      if (run === undefined) return { state: "queued" };
      const state = run.status.toLowerCase();
      const reason = run.error == null ? undefined : said(run.error);
      return { state, reason, outputs: { metadata: { ...run, status: run.status.toUpperCase() } } };
    },
  };
}

function said(error: unknown): string {
  return typeof error === "string" ? error : JSON.stringify(error);
}
