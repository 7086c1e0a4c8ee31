import { CORRELATION_LABEL, ORIGIN_LABEL } from "../../../execution-dates.ts";
import { timeOfId } from "../../../id-times.ts";
import type { ExecutionFilter } from "../../../store.ts";
import { correlatedSql } from "../../../sql/execution-filter.ts";
import { POSTGRES } from "../dialect.ts";
import type { Reader } from "../reader.ts";

/**
 * The filter, with what makes its executions quicker to find: of several labels the one that the fewest have comes first, a flow whose
 * namespace is unsaid is looked for in the one that has it, and those that a correlation or a text names are looked up.
 */
export async function narrowed(reader: Reader, filter: ExecutionFilter): Promise<NarrowedFilter> {
  return withIds(reader, await withNamespace(reader, await rarestLabelFirst(reader, filter)));
}

export interface NarrowedFilter extends ExecutionFilter {
  /** All others are left out. */
  readonly ids?: readonly string[];
}

/** More are found along the list in its order, of which a page needs only some. */
const IDS_MAX = 1_000;

const IS_THERE_SQL = "SELECT id FROM executions WHERE tenant = ? AND id = ?";

async function withIds(reader: Reader, filter: ExecutionFilter): Promise<NarrowedFilter> {
  const { tenant, query: id, labels = [] } = filter;
  if (id !== undefined && timeOfId(id) !== undefined && (await reader.get(IS_THERE_SQL, [tenant, id])) !== undefined)
    return { ...filter, ids: [id] };
  const correlation = labels.find(({ key }) => key === CORRELATION_LABEL);
  if (correlation === undefined) return filter;
  const { sql, values } = correlatedSql(POSTGRES, tenant, correlation.value);
  const rows = await reader.all<{ id: string }>(`${sql} LIMIT ${IDS_MAX + 1}`, values);
  if (rows.length > IDS_MAX) return filter;
  return { ...filter, labels: labels.filter((label) => label !== correlation), ids: rows.map((row) => row.id) };
}

const LABELLED_SQL = "SELECT FROM execution_labels WHERE of_tenant = ? AND key = ? AND value = ?";

/** By the statistics of the database, which cost the same however many have a label. */
async function rarestLabelFirst(reader: Reader, filter: ExecutionFilter): Promise<ExecutionFilter> {
  const listed = (filter.labels ?? []).filter(({ key }) => key !== ORIGIN_LABEL && key !== CORRELATION_LABEL);
  if (listed.length < 2) return filter;
  const expected = await Promise.all(
    listed.map(async (label) => {
      const values = [filter.tenant, POSTGRES.labelText(label.key), POSTGRES.labelText(label.value)];
      return { label, rows: (await reader.expect(LABELLED_SQL, values)).rows };
    }),
  );
  const { label: rarest } = expected.reduce((least, one) => (one.rows < least.rows ? one : least));
  return { ...filter, labels: [rarest, ...(filter.labels ?? []).filter((label) => label !== rarest)] };
}

/** Two are enough to know that there is more than one. */
export const NAMESPACES_OF_FLOW_SQL = "SELECT namespace FROM flows WHERE tenant = ? AND id = ? LIMIT 2";

async function withNamespace(reader: Reader, filter: ExecutionFilter): Promise<ExecutionFilter> {
  const { tenant, flowId, namespace } = filter;
  if (flowId === undefined || namespace !== undefined) return filter;
  const [only, ...others] = await reader.all<{ namespace: string }>(NAMESPACES_OF_FLOW_SQL, [tenant, flowId]);
  return only === undefined || others.length > 0 ? filter : { ...filter, namespace: only.namespace };
}
