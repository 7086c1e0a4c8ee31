import {
  anyMap,
  defineTask,
  type RunEnds,
  pollProperty,
  type RemoteService,
  runRemotely,
  secret,
  type TaskContext,
  TaskFailure,
  text,
  waitProperty,
} from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { bearerAuth, connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";

const API_URL = "https://api.prefect.cloud/api";
const CLOUD_PAGES = "https://app.prefect.cloud";
const ENDS: RunEnds = { COMPLETED: "SUCCESS", FAILED: "FAILED", CRASHED: "FAILED", CANCELLED: "FAILED" };

const properties = () =>
  z.object({
    apiUrl: text()
      .default(API_URL)
      .describe(
        `Address of the API; http://prefect.example.com:4200/api for a server of one's own. Default: ${API_URL}.`,
      ),
    apiKey: secret().optional().describe("Key of the API, which Prefect Cloud needs."),
    accountId: text().optional().describe("Id of the account, which Prefect Cloud needs."),
    workspaceId: text().optional().describe("Id of the workspace, which Prefect Cloud needs."),
    deploymentId: text().describe("Id of the deployment to run."),
    parameters: anyMap().optional().describe("Parameters of the flow, beside those of the deployment."),
    wait: waitProperty(true),
    pollFrequency: pollProperty(5_000),
    options: requestOptions(),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Runs a deployment of Prefect. */
export const createFlowRun = defineTask({
  type: "io.kestra.plugin.prefect.CreateFlowRun",
  title: "Run a Prefect deployment",
  description:
    "Starts a run of a deployment and waits for its end, as long as the task may take (`timeout`). A kill cancels the run. Prefect is " +
    "told the key of the attempt: a task that is given out again, because its worker was lost, gets the run that it has started before. " +
    "A retry starts another one.",
  properties,
  outputs: () =>
    z.object({
      flowRunId: z.string().describe("Id of the run."),
      state: z.string().optional().describe("How it was seen last, such as COMPLETED."),
      flowRunUrl: z.string().describe("Its page."),
    }),
  examples: [
    {
      title: "Run a deployment of Prefect Cloud",
      code:
        "id: run\ntype: io.kestra.plugin.prefect.CreateFlowRun\napiKey: \"{{ secret('PREFECT_API_KEY') }}\"\n" +
        "accountId: 8f3ad3d5-0000-4000-8000-000000000001\nworkspaceId: 8f3ad3d5-0000-4000-8000-000000000002\n" +
        'deploymentId: 8f3ad3d5-0000-4000-8000-000000000003\nparameters:\n  day: "2026-01-01"\n',
    },
    {
      title: "Run a deployment of a server of one's own",
      code:
        "id: run\ntype: io.kestra.plugin.prefect.CreateFlowRun\napiUrl: http://prefect.example.com:4200/api\n" +
        "deploymentId: 8f3ad3d5-0000-4000-8000-000000000003\n",
    },
  ],
  async run(context) {
    return runRemotely(context, flowRuns(context), context.properties);
  },
});

const runAnswer = () =>
  z.object({
    id: z.string(),
    state_type: z.string().nullish(),
    state: z.object({ message: z.string().nullish() }).nullish(),
  });

function flowRuns({ properties: given, identity, log }: TaskContext<Properties>): RemoteService<string> {
  const { deploymentId, parameters } = given;
  const { url, pages } = placeOf(given);
  const { apiKey, options } = given;
  const api: ServiceApi = {
    name: "Prefect",
    url,
    log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options, bearerAuth(apiKey)),
  };
  const outputs = (id: string) => ({ flowRunId: id, flowRunUrl: `${pages}/runs/flow-run/${id}` });
  const pathOf = (id: string) => `/flow_runs/${pathPart("id", id)}`;
  return {
    name: api.name,
    ends: ENDS,
    describe: (id) => `run ${id}`,
    outputs,
    async start(signal) {
      const { id } = await ask(api, signal, {
        what: `The start of deployment ${deploymentId}`,
        path: `/deployments/${pathPart("deploymentId", deploymentId)}/create_flow_run`,
        body: { parameters, idempotency_key: identity.attemptKey },
        answer: runAnswer,
        isRepeatable: true,
      });
      return id;
    },
    findsAgain: true,
    async look(id, signal) {
      const what = `The status of run ${id}`;
      const run = await ask(api, signal, { what, path: pathOf(id), answer: runAnswer, isRepeatable: true });
      const state = run.state_type ?? "PENDING";
      return { state, reason: run.state?.message ?? undefined, outputs: { state } };
    },
    async cancel(id, signal) {
      const { status } = await ask(api, signal, {
        what: `Cancelling run ${id}`,
        path: `${pathOf(id)}/set_state`,
        body: {
          state: { type: "CANCELLING", name: "Cancelling", message: "The task of Capstan was ended." },
          force: false,
        },
        answer: () => z.object({ status: z.string() }),
        isRepeatable: true,
      });
      if (status !== "ACCEPT") throw new TaskFailure(`Prefect answered ${status}.`);
    },
  };
}

/** A workspace of the cloud has an address of its own below that of the API; a server has one workspace, and its pages beside the API. */
function placeOf({ apiUrl, accountId = "", workspaceId = "" }: Properties): { url: string; pages: string } {
  const base = apiUrl.trim().replace(/\/+$/, "");
  const isCloud = accountId !== "" && workspaceId !== "";
  if (!isCloud && base === API_URL)
    throw new TaskFailure(
      "Prefect Cloud needs `accountId` and `workspaceId`. Both are in the address of the workspace's page.",
    );
  if (!isCloud) return { url: base, pages: base.replace(/\/api$/, "") };
  const [account, workspace] = [pathPart("accountId", accountId), pathPart("workspaceId", workspaceId)];
  return {
    url: `${base}/accounts/${account}/workspaces/${workspace}`,
    pages: `${CLOUD_PAGES}/account/${account}/workspace/${workspace}`,
  };
}
