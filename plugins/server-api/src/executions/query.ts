import {
  defineTask,
  deliverRows,
  duration,
  dynamic,
  fetchType,
  instant,
  rowOutputs,
  TaskFailure,
  text,
  textMap,
} from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi, type ServerApi } from "../connection.ts";
import { type Filter, filterParameters, instantValue } from "../filters.ts";
import { pageOf, PAGE_ROWS, rowsOf, type Search } from "../pages.ts";
import { type Execution, executionSearch } from "./execution-search.ts";
import { states } from "./states.ts";

const TYPE = "io.kestra.plugin.kestra.executions.Query";
const PAGE_SIZE = 10;

const properties = () =>
  z.object({
    ...connection(),
    page: dynamic(z.int().positive()).optional().describe("Only this page, from 1. Default: all pages."),
    size: dynamic(z.int().positive())
      .optional()
      .describe(`Executions of a page. Default: ${PAGE_SIZE}; without \`page\`, ${PAGE_ROWS} are asked for at once.`),
    fetchType: fetchType("STORE"),
    flowScopes: dynamic(z.array(dynamic(z.enum(["USER", "SYSTEM"]))))
      .optional()
      .describe(
        "Only executions of flows of users (USER), or of those that look after the server (SYSTEM). Default: both.",
      ),
    namespace: text().optional().describe("Only executions of this namespace, without those below."),
    flowId: text().optional().describe("Only executions of flows with this id."),
    startDate: instant()
      .optional()
      .describe("Only executions that started then or later, such as 2024-03-01T10:00:00Z."),
    endDate: instant().optional().describe("Only executions that started then or earlier."),
    timeRange: duration()
      .optional()
      .describe(
        "How long before now, or before `endDate`, or behind `startDate`, executions may have started, such as PT24H.",
      ),
    states: states(),
    labels: textMap().optional().describe("Only executions with all of these labels."),
    triggerExecutionId: text().optional().describe("Only executions that this execution started."),
    childFilter: dynamic(z.enum(["CHILD", "MAIN"]))
      .optional()
      .describe("Only executions that another one started (CHILD), or only others (MAIN)."),
  });

type Properties = z.output<ReturnType<typeof properties>>;

/** Searches executions. */
export const query = defineTask({
  type: TYPE,
  title: "Search executions of a server",
  description: "Those that started last come first.",
  properties,
  outputs: () => z.object({ ...rowOutputs(), size: z.int().describe("How many executions match, on all pages.") }),
  examples: [
    {
      title: "What failed today",
      code:
        `id: failed\ntype: ${TYPE}\nnamespace: company.team\nstates: [FAILED, WARNING]\ntimeRange: PT24H\nfetchType: FETCH\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
    {
      title: "All executions of a server, as a file",
      code:
        `id: all\ntype: ${TYPE}\nkestraUrl: https://flows.example.org\nauth:\n  username: reader@example.org\n` +
        "  password: \"{{ secret('READER_PASSWORD') }}\"\n",
    },
  ],
  async run(context) {
    const { properties, files, log } = context;
    const api = await openApi(context, context.identity.tenant);
    const search = executionSearch("Searching executions", filterParameters(filtersOf(properties, context.now())));
    const { rows, total } = await matching(api, search, properties);
    const delivered = await deliverRows(rows, properties.fetchType, files, "executions.ion");
    const size = total ?? delivered.size;
    context.metric({ name: "executions", type: "counter", value: delivered.size });
    log.info(`${size} ${size === 1 ? "execution matches" : "executions match"}.`);
    return { ...delivered, size };
  },
});

interface Matching {
  readonly rows: AsyncIterable<Execution>;
  /** Undefined where all rows are given, and counting them is exact. */
  readonly total: number | undefined;
}

async function matching(
  api: ServerApi,
  search: Search<Execution>,
  { page, size, fetchType }: Properties,
): Promise<Matching> {
  const isOneEnough = fetchType === "FETCH_ONE" || fetchType === "NONE";
  if (page === undefined && !isOneEnough) return { rows: rowsOf(api, search, size), total: undefined };
  const told = await pageOf(api, search, page ?? 1, page === undefined ? 1 : (size ?? PAGE_SIZE));
  return { rows: eachOf(told.rows), total: told.total };
}

async function* eachOf(rows: readonly Execution[]) {
  yield* rows;
}

/** Throws `TaskFailure` for times that contradict each other. */
function filtersOf(properties: Properties, now: number): readonly Filter[] {
  const { namespace, flowId, triggerExecutionId, childFilter, labels = {} } = properties;
  const { after, before } = boundsOf(properties, now);
  const scopes = new Set(properties.flowScopes);
  return [
    { field: "namespace", operator: "EQUALS", value: given(namespace) },
    { field: "flowId", operator: "EQUALS", value: given(flowId) },
    // Of two scopes, both are everything.
    { field: "scope", operator: "EQUALS", value: scopes.size === 1 ? [...scopes] : undefined },
    { field: "state", operator: "IN", value: properties.states },
    { field: "startDate", operator: "GREATER_THAN_OR_EQUAL_TO", value: instantValue(after) },
    { field: "startDate", operator: "LESS_THAN_OR_EQUAL_TO", value: instantValue(before) },
    { field: "triggerExecutionId", operator: "EQUALS", value: given(triggerExecutionId) },
    { field: "childFilter", operator: "EQUALS", value: childFilter },
    ...Object.entries(labels).map(([key, value]) => ({ field: "labels", operator: "EQUALS", key, value }) as const),
  ];
}

/** In epoch milliseconds. */
function boundsOf({ startDate, endDate, timeRange }: Properties, now: number) {
  if (timeRange === undefined) return { after: startDate, before: endDate };
  if (startDate !== undefined && endDate !== undefined)
    throw new TaskFailure(
      "`timeRange` can't be given with both `startDate` and `endDate`: leave out one of the three.",
    );
  if (startDate !== undefined) return { after: startDate, before: startDate + timeRange };
  return { after: (endDate ?? now) - timeRange, before: endDate };
}
