import {
  defineTask,
  dynamic,
  type RunEnds,
  type RemoteService,
  runRemotely,
  type TaskContext,
  text,
} from "@capstan/sdk";
import { z } from "zod";
import { ask, type ServiceApi } from "../service-api.ts";
import {
  type Application,
  applicationAnswer,
  applicationApi,
  applicationOutputs,
  applicationProperties,
  appNamespace,
  outputsOf,
  seenApplication,
} from "./application.ts";

const ENDS: RunEnds = { Succeeded: "SUCCESS", Failed: "FAILED", Error: "FAILED" };
const POLL_MS = 1_000;
/** Tells the operation of an attempt from all others. */
export const ATTEMPT_INFO = "capstan-attempt";

const properties = () =>
  z.object({
    ...applicationProperties(),
    revision: text().optional().describe("Revision to sync to. Default: that of the application."),
    prune: dynamic(z.boolean())
      .default(false)
      .describe("Whether resources that are no longer in the source are deleted. Default: false."),
    dryRun: dynamic(z.boolean()).default(false).describe("Whether nothing is changed. Default: false."),
    force: dynamic(z.boolean())
      .default(false)
      .describe("Whether resources that can't be changed are deleted and made anew. Default: false."),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Syncs an application of Argo CD. */
export const sync = defineTask({
  type: "io.kestra.plugin.argocd.apps.Sync",
  title: "Sync an Argo CD application",
  description:
    "Syncs an application by the REST API of Argo CD (neither its command line tool nor a container is needed) and waits for the end of " +
    "the operation, looking each second, as long as the task may take (`timeout`). A kill terminates the operation. The operation carries " +
    "the key of the attempt: a task that is given out again, because its worker was lost, finds the one that it has started before.",
  properties,
  outputs: () =>
    z.object({ ...applicationOutputs(), revision: z.string().optional().describe("Revision that was synced to.") }),
  examples: [
    {
      title: "Sync and delete what is gone",
      code:
        "id: sync\ntype: io.kestra.plugin.argocd.apps.Sync\nserver: argocd.example.com\n" +
        "token: \"{{ secret('ARGOCD_TOKEN') }}\"\napplication: shop\nprune: true\ntimeout: PT10M\n",
    },
  ],
  async run(context) {
    return runRemotely(context, syncs(context), { wait: true, pollFrequency: POLL_MS });
  },
});

function syncs(context: TaskContext<Properties>): RemoteService<"sync"> {
  const { properties: given, identity, log } = context;
  const { application } = given;
  const api = applicationApi(given, log);
  const isOurs = (seen: Application) => attemptsOf(seen).includes(identity.attemptKey);
  return {
    name: api.name,
    ends: ENDS,
    describe: () => `the sync of ${application}`,
    outputs: () => ({}),
    async start(signal) {
      if (!isOurs(await seenApplication(api, application, signal)))
        await start(api, given, identity.attemptKey, signal);
      return "sync";
    },
    findsAgain: true,
    async look(_run, signal) {
      const seen = await seenApplication(api, application, signal);
      const { operationState } = seen.status ?? {};
      // Argo CD answers from a cache, which may be older than the start, and begins an operation a moment after it was asked to.
      if (operationState == null || seen.operation != null || !isOurs(seen))
        return {
          state:
            seen.operation == null ? "Pending" : operationState?.phase === "Terminating" ? "Terminating" : "Running",
        };
      return {
        state: operationState.phase,
        reason: reasonOf(operationState),
        outputs: {
          ...outputsOf(seen, log),
          revision: operationState.syncResult?.revision ?? seen.status?.sync?.revision,
        },
      };
    },
    async cancel(_run, signal) {
      const params = appNamespace(application);
      const request = {
        what: `Terminating the sync of ${application}`,
        method: "DELETE" as const,
        path: "/operation",
        params,
      };
      await ask(api, signal, { ...request, answer: () => z.unknown(), isRepeatable: true });
    },
  };
}

async function start(api: ServiceApi, given: Properties, attemptKey: string, signal: AbortSignal): Promise<void> {
  const { application, revision, prune, dryRun, force } = given;
  await ask(api, signal, {
    what: `The start of a sync of ${application}`,
    path: "/sync",
    body: {
      ...appNamespace(application),
      ...(revision !== undefined && revision !== "" && { revision }),
      prune,
      dryRun,
      ...(force && { strategy: { hook: { force } } }),
      infos: [{ name: ATTEMPT_INFO, value: attemptKey }],
    },
    answer: applicationAnswer,
    isRepeatable: false,
  });
}

/** Attempts whose operation is asked for, under way, or the last that ended. */
function attemptsOf({ operation, status }: Application): (string | undefined)[] {
  return [...(operation?.info ?? []), ...(status?.operationState?.operation?.info ?? [])]
    .filter(({ name }) => name === ATTEMPT_INFO)
    .map(({ value }) => value);
}

function reasonOf({ message, syncResult }: NonNullable<NonNullable<Application["status"]>["operationState"]>): string {
  const failed = (syncResult?.resources ?? []).filter(({ status }) => status === "SyncFailed");
  return [message, ...failed.map((one) => one.message)].filter((part) => part != null && part !== "").join("; ");
}
