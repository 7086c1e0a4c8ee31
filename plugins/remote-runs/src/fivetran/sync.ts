import {
  defineTask,
  duration,
  dynamic,
  maxDurationProperty,
  parseInstant,
  pollProperty,
  type RemoteService,
  runRemotely,
  secret,
  type RunSighting,
  type TaskContext,
  text,
  waitProperty,
} from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";

const API_URL = "https://api.fivetran.com";

const properties = () =>
  z.object({
    apiKey: secret().describe("Key of the API."),
    apiSecret: secret().describe("Secret of the key."),
    baseUrl: text().default(API_URL).describe(`Address of the API, up to its version. Default: ${API_URL}.`),
    connectorId: text().describe("Id of the connection (once called connector)."),
    force: dynamic(z.boolean())
      .default(false)
      .describe(
        "Whether a sync that runs already is stopped for a new one. Without, that sync is waited for. Default: false.",
      ),
    wait: waitProperty(true),
    maxDuration: maxDurationProperty(3_600_000),
    pollFrequency: pollProperty(5_000),
    maxAttempts: dynamic(z.int().min(1))
      .default(3)
      .describe("How often a request is sent at most, while it fails in passing. Default: 3."),
    initialRetryDelay: duration()
      .default(1_000)
      .describe("Wait before the second try, doubled each time, up to half a minute. Default: PT1S."),
    options: requestOptions(),
  });

/** Syncs a connection of Fivetran. */
export const sync = defineTask({
  type: "io.kestra.plugin.fivetran.connectors.Sync",
  title: "Sync a Fivetran connection",
  description:
    "Starts a sync and waits for its end. Fivetran has neither ids of syncs nor a way to stop one for good: a kill leaves the sync " +
    "running, and a task that is given out again without `force` waits for the sync that runs.",
  properties,
  examples: [
    {
      title: "Sync and wait",
      code:
        "id: sync\ntype: io.kestra.plugin.fivetran.connectors.Sync\nconnectorId: speak_menial\n" +
        "apiKey: \"{{ secret('FIVETRAN_API_KEY') }}\"\napiSecret: \"{{ secret('FIVETRAN_API_SECRET') }}\"\n",
    },
  ],
  async run(context) {
    return runRemotely(context, connectionSyncs(context), context.properties);
  },
});

/** When the connection succeeded and failed last, before the sync: the sync ends with a later one of the two. */
interface Before {
  readonly endedAt: number;
}

function connectionSyncs({ properties: given, log }: TaskContext<z.output<ReturnType<typeof properties>>>) {
  const { apiKey, apiSecret, baseUrl, options, connectorId, force, maxAttempts, initialRetryDelay } = given;
  const api: ServiceApi = {
    name: "Fivetran",
    url: baseUrl,
    log,
    furtherHeaders: { Accept: "application/json;version=2", ...options?.headers },
    options: connectionOptions(options, { type: "BASIC", username: apiKey, password: apiSecret }),
    patience: { attempts: maxAttempts, delayMs: initialRetryDelay },
  };
  const path = `/v1/connections/${pathPart("connectorId", connectorId)}`;
  const look = (signal: AbortSignal) =>
    ask(api, signal, {
      what: `The status of connection ${connectorId}`,
      path,
      answer: connectionAnswer,
      isRepeatable: true,
    });
  return {
    name: api.name,
    ends: { succeeded: "SUCCESS", failed: "FAILED" },
    describe: () => `the sync of connection ${connectorId}`,
    outputs: () => ({}),
    async start(signal) {
      const { data } = await look(signal);
      await ask(api, signal, {
        what: `The start of a sync of connection ${connectorId}`,
        path: `${path}/sync`,
        body: { force },
        answer: () => z.unknown(),
        isRepeatable: false,
      });
      return { endedAt: Math.max(timeOf(data.succeeded_at), timeOf(data.failed_at)) };
    },
    // Without force, Fivetran starts none beside one that runs.
    findsAgain: !force,
    look: async ({ endedAt }, signal) => sightingOf((await look(signal)).data, endedAt),
  } satisfies RemoteService<Before>;
}

const connectionAnswer = () =>
  z.object({
    data: z.object({
      succeeded_at: z.string().nullish(),
      failed_at: z.string().nullish(),
      status: z.object({
        sync_state: z.string().nullish(),
        tasks: z.array(z.object({ message: z.string().nullish() })).nullish(),
      }),
    }),
  });

type Connection = z.output<ReturnType<typeof connectionAnswer>>["data"];

function sightingOf({ succeeded_at, failed_at, status }: Connection, endedBefore: number): RunSighting {
  const [succeeded, failed] = [timeOf(succeeded_at), timeOf(failed_at)];
  if (Math.max(succeeded, failed) <= endedBefore) return { state: status.sync_state ?? "going on" };
  if (succeeded >= failed) return { state: "succeeded" };
  const said = (status.tasks ?? []).map(({ message }) => message).filter((message) => message != null);
  return { state: "failed", reason: said.join("; ") };
}

/** Before everything, when it never was. */
function timeOf(written: string | null | undefined): number {
  return (written == null ? undefined : parseInstant(written)) ?? 0;
}
