import { followRun, defineTask, maxDurationProperty, pollProperty } from "@capstan/sdk";
import { z } from "zod";
import { numericId } from "../numeric-id.ts";
import { connectionProperties, serverApi } from "./connection.ts";
import { serverJobs } from "./job.ts";

/** Waits for a job of a server of Airbyte. */
export const checkStatus = defineTask({
  type: "io.kestra.plugin.airbyte.connections.CheckStatus",
  title: "Wait for an Airbyte job",
  description: "Waits for the end of a job that something else has started. A kill of this task leaves the job alone.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      jobId: numericId().describe("Id of the job, such as `jobId` of a `Sync` with `wait: false`."),
      maxDuration: maxDurationProperty(3_600_000),
      pollFrequency: pollProperty(1_000),
    }),
  outputs: () =>
    z.object({ finalJobStatus: z.string().describe("How the job ended: succeeded, or failed, cancelled.") }),
  examples: [
    {
      title: "Wait for a sync that was started before",
      code:
        "id: wait\ntype: io.kestra.plugin.airbyte.connections.CheckStatus\nurl: http://airbyte.example.com:8000\n" +
        'token: "{{ secret(\'AIRBYTE_TOKEN\') }}"\njobId: "{{ outputs.sync.jobId }}"\n',
    },
  ],
  async run(context) {
    const { properties } = context;
    const { cancel: _cancel, ...jobs } = serverJobs(serverApi(context, properties));
    const look: typeof jobs.look = async (id, signal) => {
      const sighting = await jobs.look(id, signal);
      return { ...sighting, outputs: { finalJobStatus: sighting.state } };
    };
    return followRun(context, { ...jobs, outputs: () => ({}), look }, properties.jobId, properties);
  },
});
