import type { executionViewRoutes } from "@capstan/api";
import { nearest, instantText } from "@capstan/model";
import type { ExecutionField, ExecutionRow } from "@capstan/store";
import { writeCsv } from "../archive/csv.ts";
import type { Handlers } from "../mount.ts";
import { parentOf, presentExecution, presentState } from "../presentation/execution.ts";
import { Refusal } from "../refusal.ts";
import { executionRules } from "../requests/filters.ts";
import { eachRow, presentRoughPage, readPage } from "../requests/page.ts";
import { readFilter } from "../requests/read-filter.ts";
import type { Service } from "../service.ts";
import { attachment } from "./execution-files.ts";
import { EXECUTION_SORT } from "./execution-lookup.ts";

/** Values that one field is listed with at most. */
const DISTINCT_MAX = 1000;

type Tables = Pick<
  Handlers<typeof executionViewRoutes>,
  "distinctFieldValues" | "exportExecutionsAsTable" | "searchTaskRuns"
>;

/** What is in many executions, side by side. */
export function executionTableHandlers(service: Service): Tables {
  const { executions, store } = service.runtime;
  const matching = async (tenant: string, query: Readonly<Record<string, unknown>>) => {
    const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
    return eachRow(executions, filter);
  };
  return {
    distinctFieldValues: async ({ tenant, query: { field, ...query } }) => {
      const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
      return store.executions.distinct(filter, readField(field), DISTINCT_MAX);
    },
    exportExecutionsAsTable: async ({ tenant, query, reply }) => {
      const rows = await matching(tenant, query);
      reply.header("content-disposition", attachment("executions.csv"));
      return writeCsv(columns(service.now()), rows);
    },
    searchTaskRuns: async ({ tenant, query: { taskState, ...query }, reply }) => {
      const filter = await readFilter(service, query, { tenant }, executionRules(query["dateFilter"]));
      const page = await executions.search(filter, { ...readPage(query, EXECUTION_SORT), roughly: true });
      const whole = await store.executions.whole(page.rows.map(({ id }) => ({ tenant, id })));
      const runs = whole.map(({ row, taskRuns }) => presentExecution(row, taskRuns, service.now()).taskRunList ?? []);
      const shown = runs.flat().filter(({ state }) => taskState === undefined || taskState.includes(state.current));
      return { ...presentRoughPage(page, reply, () => undefined), results: shown };
    },
  };
}

const FIELDS: readonly ExecutionField[] = ["namespace", "flowId", "state", "kind", "labels"];

/** Clients write `flowId` or `FLOW_ID`. Throws 400. */
function readField(written: string): ExecutionField {
  const field = FIELDS.find((one) => one.toLowerCase() === written.replaceAll("_", "").toLowerCase());
  if (field !== undefined) return field;
  const guess = nearest(written, FIELDS);
  const hint = guess === undefined ? "." : ` — did you mean "${guess}"?`;
  throw new Refusal("field-unknown", `There is no field "${written}"${hint} There are ${FIELDS.join(", ")}`);
}

function columns(now: number): Readonly<Record<string, (row: ExecutionRow) => string | number | undefined>> {
  const state = ({ state: current, history }: ExecutionRow) => presentState(current, history, now);
  return {
    id: ({ id }) => id,
    namespace: ({ namespace }) => namespace,
    flowId: ({ flowId }) => flowId,
    flowRevision: ({ flowRevision }) => flowRevision,
    state: (row) => row.state,
    startDate: (row) => state(row).startDate,
    endDate: (row) => state(row).endDate,
    duration: (row) => state(row).duration,
    created: ({ createdAt }) => instantText(createdAt),
    labels: ({ labels }) => labels.map(({ key, value }) => `${key}:${value}`).join(" "),
    trigger: ({ trigger }) => trigger?.id,
    parentId: parentOf,
    originalId: ({ originalId }) => originalId,
  };
}
