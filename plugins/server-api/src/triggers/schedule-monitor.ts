import { defineTrigger, duration, dynamic, type PollingContext, text } from "@capstan/sdk";
import { given, pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi, type ServerApi } from "../connection.ts";
import { filterParameters } from "../filters.ts";
import { collected, rowsOf } from "../pages.ts";
import { type Schedule, scheduleOf, triggerRow } from "./schedule.ts";

const TYPE = "io.kestra.plugin.kestra.triggers.ScheduleMonitor";
const WHAT = "Looking at schedules";

const properties = () =>
  z.object({
    ...connection(),
    interval: duration().default(60_000).describe("Time between two looks. Default: PT60S."),
    namespace: text().optional().describe("Only schedules of namespaces that begin so. Default: all schedules."),
    flowId: text().optional().describe("Only schedules of flows with this id."),
    includeDisabled: dynamic(z.boolean())
      .default(false)
      .describe("Whether schedules that are disabled are told of, too. Default: false."),
    allowedDelay: duration().default(60_000).describe("How late a schedule may be until it is told of. Default: PT1M."),
    maxExecutionInterval: duration().optional().describe("How long ago its last execution may be. Default: any time."),
    maxExecutionDuration: duration()
      .optional()
      .describe("How long its last execution may be running. Default: any time."),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Starts the flow when schedules of a server don't do what they should. */
export const scheduleMonitor = defineTrigger({
  type: TYPE,
  title: "Start a flow for schedules that are late",
  description:
    "A schedule is told of when it is late, when it has no next time, and for what else the properties say. It is told of at every look as " +
    "long as that holds, and not while it is backfilled.",
  properties,
  outputs: () =>
    z.object({
      data: z
        .array(
          z.object({
            namespace: z.string(),
            flowId: z.string(),
            triggerId: z.string(),
            lastExecution: z.string().optional().describe("When it last started an execution."),
            expectedNext: z.string().optional().describe("When it should start the next one."),
          }),
        )
        .describe("The schedules that something is wrong with."),
    }),
  examples: [
    {
      title: "Tell of schedules that stand still",
      code: `id: late\ntype: ${TYPE}\ninterval: PT15M\nallowedDelay: PT5M\nauth:\n  apiToken: "{{ secret('API_TOKEN') }}"\n`,
    },
  ],
  async poll(context) {
    const api = await openApi(context, context.tenant);
    const data = await collected(troubled(api, context), WHAT, "Watch fewer of them, with `namespace` or `flowId`.");
    if (data.length === 0) return undefined;
    context.log.info(`Something is wrong with ${data.length} ${data.length === 1 ? "schedule" : "schedules"}.`);
    return { variables: { data } };
  },
});

async function* troubled(api: ServerApi, { properties, now }: Pick<PollingContext<Properties>, "properties" | "now">) {
  const { namespace, flowId } = properties;
  const params = filterParameters([
    { field: "namespace", operator: "STARTS_WITH", value: given(namespace) },
    { field: "flowId", operator: "EQUALS", value: given(flowId) },
  ]);
  for await (const row of rowsOf(api, { what: WHAT, path: "/triggers/search", params, row: triggerRow() })) {
    const schedule = scheduleOf(row);
    if (schedule === undefined || !(await isTroubled(api, schedule, properties, now()))) continue;
    const { place, lastExecution, expectedNext } = schedule;
    yield { ...place, lastExecution, expectedNext };
  }
}

/** `now` in epoch milliseconds. */
async function isTroubled(api: ServerApi, schedule: Schedule, properties: Properties, now: number): Promise<boolean> {
  const { includeDisabled, allowedDelay, maxExecutionInterval, maxExecutionDuration } = properties;
  if (schedule.isDisabled) return includeDisabled;
  if (schedule.isBackfilled) return false;
  const { lastExecution, expectedNext, executionId } = schedule;
  if (expectedNext === undefined || now > Date.parse(expectedNext) + allowedDelay) return true;
  if (maxExecutionInterval !== undefined && lastExecution !== undefined)
    if (now > Date.parse(lastExecution) + maxExecutionInterval) return true;
  if (maxExecutionDuration === undefined || executionId === undefined) return false;
  const started = await runningSince(api, executionId);
  return started !== undefined && now > started + maxExecutionDuration;
}

/** In epoch milliseconds; undefined for what does not run. */
async function runningSince(api: ServerApi, executionId: string): Promise<number | undefined> {
  const state = z.looseObject({ current: z.string(), startDate: z.string() });
  const { value } = await api.call({
    what: WHAT,
    path: `/executions/${pathPart("executionId", executionId)}`,
    answer: z.looseObject({ state }),
  });
  return value.state.current === "RUNNING" ? Date.parse(value.state.startDate) : undefined;
}
