import {
  defineTask,
  maxDurationProperty,
  type Outputs,
  pollProperty,
  type RemoteService,
  runRemotely,
  secret,
  type TaskContext,
  type TaskDefinition,
  text,
  waitProperty,
} from "@capstan/sdk";
import { z } from "zod";
import { basicAuth, bearerAuth, connectionOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";
import { exchangedToken } from "../exchanged-token.ts";
import { JOB_ENDS } from "./job.ts";

const API_URL = "https://api.airbyte.com";
const TOKEN_URL = "https://api.airbyte.com/v1/applications/token";

const cloudProperties = () =>
  z.object({
    connectionId: text().describe("Id of the connection."),
    clientId: text().optional().describe("Id of the application to ask as; needs `clientSecret`."),
    clientSecret: secret().optional().describe("Secret of the application."),
    tokenURL: text()
      .default(TOKEN_URL)
      .describe(`Where the token of the application is fetched. Default: ${TOKEN_URL}.`),
    token: secret().optional().describe("Token that is sent as a bearer. It is not renewed, and expires soon."),
    username: text().optional().describe("Name for basic authentication."),
    password: secret().optional().describe("Password for basic authentication."),
    apiUrl: text().default(API_URL).describe(`Address of the API, up to its version. Default: ${API_URL}.`),
    wait: waitProperty(true),
    maxDuration: maxDurationProperty(3_600_000),
    pollFrequency: pollProperty(1_000),
  });

const jobAnswer = () =>
  z.object({
    jobId: z.int().describe("Id of the job."),
    status: z.string().describe("pending, running, incomplete, succeeded, failed or cancelled."),
    jobType: z.string().optional().describe("sync or reset."),
    startTime: z.string().optional().describe("When it started."),
    lastUpdatedAt: z.string().optional().describe("When it changed last."),
    duration: z.string().optional().describe("How long it took, as an ISO-8601 duration."),
    bytesSynced: z.number().optional().describe("Bytes that were moved."),
    rowsSynced: z.number().optional().describe("Records that were moved."),
  });

type Job = z.output<ReturnType<typeof jobAnswer>>;

/** A task that runs one kind of job in the cloud of Airbyte. */
export function cloudJobTask(kind: "sync" | "reset", type: string, title: string): TaskDefinition {
  return defineTask({
    type,
    title,
    description:
      "Starts a job and waits for its end. A kill cancels the job. Airbyte has no handle to tell repeats by: it refuses a second job " +
      "of a connection while one runs.",
    properties: cloudProperties,
    outputs: () => z.object({ job: jobAnswer().describe("The job, as it was seen last.") }),
    examples: [
      {
        title: `Run a job of kind ${kind} and wait for it`,
        code:
          `id: ${kind}\ntype: ${type}\nconnectionId: ac127cf2-9ae3-4f9b-9dd0-e3a0944d1447\n` +
          "clientId: \"{{ secret('AIRBYTE_CLIENT_ID') }}\"\nclientSecret: \"{{ secret('AIRBYTE_CLIENT_SECRET') }}\"\n",
      },
    ],
    async run(context) {
      const api = cloudApi(context);
      const outcome = await runRemotely(
        context,
        cloudJobs(api, kind, context.properties.connectionId),
        context.properties,
      );
      const { job } = ("outputs" in outcome ? outcome.outputs : outcome) as { job: Job };
      if (job.bytesSynced !== undefined)
        context.metric({ name: "bytes.synced", type: "counter", value: job.bytesSynced });
      if (job.rowsSynced !== undefined) context.metric({ name: "rows.synced", type: "counter", value: job.rowsSynced });
      return outcome;
    },
  });
}

function cloudApi({ properties, log, now }: TaskContext<z.output<ReturnType<typeof cloudProperties>>>): ServiceApi {
  const { apiUrl: url, clientId = "", clientSecret = "", tokenURL, token, username, password } = properties;
  const api = { name: "Airbyte Cloud", url, log, options: connectionOptions(undefined) };
  if (clientId !== "" && clientSecret !== "") {
    const body = { client_id: clientId, client_secret: clientSecret, "grant-type": "client_credentials" };
    return { ...api, headers: exchangedToken({ ...api, url: tokenURL }, { path: "", body }, now) };
  }
  return { ...api, options: connectionOptions(undefined, bearerAuth(token) ?? basicAuth(username, password)) };
}

function cloudJobs(api: ServiceApi, jobType: string, connectionId: string): RemoteService<Job> {
  const of = (job: Job): Outputs => ({ job });
  return {
    name: api.name,
    ends: JOB_ENDS,
    describe: ({ jobId }) => `job ${jobId}`,
    outputs: of,
    start: (signal) =>
      ask(api, signal, {
        what: `The start of a ${jobType} of connection ${connectionId}`,
        path: "/v1/jobs",
        body: { connectionId, jobType },
        answer: jobAnswer,
        isRepeatable: false,
      }),
    findsAgain: false,
    async look({ jobId }, signal) {
      const path = `/v1/jobs/${jobId}`;
      const job = await ask(api, signal, {
        what: `The status of job ${jobId}`,
        path,
        answer: jobAnswer,
        isRepeatable: true,
      });
      return { state: job.status, outputs: of(job) };
    },
    async cancel({ jobId }, signal) {
      await ask(api, signal, {
        what: `Cancelling job ${jobId}`,
        method: "DELETE",
        path: `/v1/jobs/${jobId}`,
        answer: () => z.unknown(),
        isRepeatable: true,
      });
    },
  };
}
