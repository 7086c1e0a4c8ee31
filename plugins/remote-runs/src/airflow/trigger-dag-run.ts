import {
  anyMap,
  defineTask,
  dynamic,
  type RunEnds,
  maxDurationProperty,
  pollProperty,
  type RemoteService,
  runRemotely,
  type TaskContext,
  text,
  textMap,
  waitProperty,
} from "@capstan/sdk";
import { pathPart, StatusFailure } from "@capstan/sdk/http";
import { z } from "zod";
import { connectionOptions, requestOptions } from "../request-options.ts";
import { ask, type ServiceApi } from "../service-api.ts";

const ENDS: RunEnds = { success: "SUCCESS", failed: "FAILED" };

const properties = () =>
  z.object({
    baseUrl: text().describe("Address of Airflow, such as https://airflow.example.com."),
    dagId: text().describe("Id of the DAG."),
    headers: textMap().optional().describe("Further headers of each request, such as `authorization`."),
    body: anyMap()
      .optional()
      .describe(
        "What the run is made of: `conf`, `note`, `dag_run_id`, `logical_date`. Default: a `conf` that names flow, task and execution.",
      ),
    apiVersion: dynamic(z.enum(["v1", "v2"]))
      .default("v1")
      .describe("Version of the API: v1 for Airflow 2, v2 for Airflow 3, which takes a bearer only. Default: v1."),
    wait: waitProperty(false),
    pollFrequency: pollProperty(1_000),
    maxDuration: maxDurationProperty(3_600_000),
    options: requestOptions(),
  });

/** Starts a run of a DAG of Airflow. */
export const triggerDagRun = defineTask({
  type: "io.kestra.plugin.airflow.dags.TriggerDagRun",
  title: "Run an Airflow DAG",
  description:
    "Starts a run of a DAG, and with `wait` waits for its end. A kill sets the run to failed, which ends its tasks. Unless `body` has " +
    "a `dag_run_id`, the run gets the key of the attempt as its id: a task that is given out again, because its worker was lost, finds " +
    "the run that it has started before. A retry starts another one.",
  properties,
  outputs: () =>
    z.object({
      dagId: z.string().describe("Id of the DAG."),
      dagRunId: z.string().describe("Id of the run."),
      state: z.string().optional().describe("How it was seen last: queued, running, success or failed."),
      started: z.string().optional().describe("When it started."),
      ended: z.string().optional().describe("When it ended."),
    }),
  examples: [
    {
      title: "Run a DAG and wait for it",
      code:
        "id: run_dag\ntype: io.kestra.plugin.airflow.dags.TriggerDagRun\nbaseUrl: https://airflow.example.com\n" +
        "dagId: daily_orders\nwait: true\nbody:\n  conf:\n    day: \"{{ execution.startDate | date('yyyy-MM-dd') }}\"\n" +
        "options:\n  auth:\n    type: BASIC\n    username: capstan\n    password: \"{{ secret('AIRFLOW_PASSWORD') }}\"\n",
    },
  ],
  async run(context) {
    return runRemotely(context, dagRuns(context), context.properties);
  },
});

const runAnswer = () =>
  z.object({
    dag_run_id: z.string(),
    state: z.string(),
    start_date: z.string().nullish(),
    end_date: z.string().nullish(),
  });

type DagRun = z.output<ReturnType<typeof runAnswer>>;

function dagRuns(context: TaskContext<z.output<ReturnType<typeof properties>>>): RemoteService<DagRun> {
  const { dagId, baseUrl, apiVersion, headers, options } = context.properties;
  const api: ServiceApi = {
    name: "Airflow",
    url: `${baseUrl.trim().replace(/\/+$/, "")}/api/${apiVersion}/dags/${pathPart("dagId", dagId)}`,
    furtherHeaders: { ...options?.headers, ...headers },
    options: connectionOptions(options),
    log: context.log,
  };
  const { id: ownId, isOurs, body } = requestOf(context);
  const pathOf = (id: string) => `/dagRuns/${pathPart("dag_run_id", id)}`;
  const find = (id: string, signal: AbortSignal) =>
    ask(api, signal, { what: `The status of run ${id}`, path: pathOf(id), answer: runAnswer, isRepeatable: true });
  const outputs = (run: DagRun) => ({
    dagId,
    dagRunId: run.dag_run_id,
    state: run.state,
    ...(run.start_date != null && { started: run.start_date }),
    ...(run.end_date != null && { ended: run.end_date }),
  });
  return {
    name: api.name,
    ends: ENDS,
    describe: (run) => `run ${run.dag_run_id} of ${dagId}`,
    outputs,
    async start(signal) {
      try {
        const what = `The start of ${dagId}`;
        return await ask(api, signal, { what, path: "/dagRuns", body, answer: runAnswer, isRepeatable: isOurs });
      } catch (error) {
        if (isOurs && error instanceof StatusFailure && error.status === 409) return find(ownId, signal);
        throw error;
      }
    },
    findsAgain: isOurs,
    async look(run, signal) {
      const seen = await find(run.dag_run_id, signal);
      return { state: seen.state, outputs: outputs(seen) };
    },
    async cancel({ dag_run_id: id }, signal) {
      const patch = { path: pathOf(id), method: "PATCH" as const, body: { state: "failed" } };
      await ask(api, signal, { what: `Ending run ${id}`, ...patch, answer: () => z.unknown(), isRepeatable: true });
    },
  };
}

/** An id that is made of the attempt makes the start repeatable: Airflow refuses a second run of the same id. */
function requestOf({ properties: given, identity }: TaskContext<z.output<ReturnType<typeof properties>>>) {
  const { executionId, flowId, namespace, taskId, attemptKey } = identity;
  const body = given.body ?? {
    conf: { source: "capstan", namespace, flow: flowId, task: taskId, execution: executionId },
  };
  const written = body["dag_run_id"];
  const isOurs = typeof written !== "string" || written === "";
  const id = isOurs ? `capstan__${attemptKey}` : written;
  const dated = given.apiVersion === "v2" && !("logical_date" in body) ? { logical_date: null } : {};
  return { id, isOurs, body: { ...dated, ...body, dag_run_id: id } };
}
