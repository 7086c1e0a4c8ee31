import {
  defineTask,
  dynamic,
  maxDurationProperty,
  pollProperty,
  runRemotely,
  TaskFailure,
  text,
  waitProperty,
} from "@capstan/sdk";
import { StatusFailure } from "@capstan/sdk/http";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";
import { connectionProperties, serverApi } from "./connection.ts";
import { jobAnswer, serverJobs } from "./job.ts";

/** Syncs a connection of a server of Airbyte. */
export const sync = defineTask({
  type: "io.kestra.plugin.airbyte.connections.Sync",
  title: "Sync an Airbyte connection",
  description:
    "Starts a sync and waits for its end. A kill cancels the job. Airbyte has no handle to tell repeats by: when the worker is lost " +
    "while the sync runs, the task that is given out again meets the running sync, and does as `failOnActiveSync` says.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      connectionId: text().describe("Id of the connection."),
      wait: waitProperty(true),
      maxDuration: maxDurationProperty(3_600_000),
      pollFrequency: pollProperty(1_000),
      failOnActiveSync: dynamic(z.boolean())
        .default(true)
        .describe(
          "Whether the task fails when a sync of the connection runs already. Without, it ends at once with the output " +
            "`alreadyRunning`. Default: true.",
        ),
    }),
  outputs: () =>
    z.object({
      jobId: z.int().optional().describe("Id of the job; absent when a sync ran already."),
      alreadyRunning: z.boolean().describe("Whether a sync ran already, so that none was started."),
    }),
  examples: [
    {
      title: "Sync a connection of a server of one's own",
      code:
        "id: sync\ntype: io.kestra.plugin.airbyte.connections.Sync\nurl: http://airbyte.example.com:8000\n" +
        "connectionId: e3b1ce92-547c-436f-b1e8-23b6936c12cd\napplicationCredentials:\n" +
        "  clientId: \"{{ secret('AIRBYTE_CLIENT_ID') }}\"\n  clientSecret: \"{{ secret('AIRBYTE_CLIENT_SECRET') }}\"\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    const { connectionId, failOnActiveSync } = properties;
    const api = serverApi(context, properties);
    const jobs = serverJobs(api);
    try {
      return await runRemotely(
        context,
        {
          ...jobs,
          outputs: (jobId) => ({ jobId, alreadyRunning: false }),
          start: (signal) => start(api, connectionId, signal),
          findsAgain: false,
        },
        properties,
      );
    } catch (error) {
      if (!isActiveSync(error)) throw error;
      const message = `Airbyte: a sync of connection ${connectionId} runs already`;
      if (failOnActiveSync)
        throw new TaskFailure(`${message}. Wait for its end, or set \`failOnActiveSync\` to false.`, { cause: error });
      context.log.info(`${message}; none is started.`);
      return { alreadyRunning: true };
    }
  },
});

async function start(api: ServiceApi, connectionId: string, signal: AbortSignal): Promise<number> {
  const { job } = await ask(api, signal, {
    what: `The start of a sync of connection ${connectionId}`,
    path: "/api/v1/connections/sync",
    body: { connectionId },
    answer: jobAnswer,
    isRepeatable: false,
  });
  return job.id;
}

function isActiveSync(error: unknown): boolean {
  return error instanceof StatusFailure && error.status === 409;
}
