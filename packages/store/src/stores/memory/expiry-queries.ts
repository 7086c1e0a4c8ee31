import { DAY_MS, nameOfDay } from "../../days.ts";
import { endDate, startDate } from "../../execution-dates.ts";
import type { Expiry, ExpiryQueries, ExpiryRule, Span } from "../../expiry.ts";
import { leastIdAt, timeOfId } from "../../id-times.ts";
import { lineMatcher } from "../../log-lines.ts";
import type { ExecutionRow, FlowKey, LogBatch } from "../../store.ts";
import { removeExecution } from "./apply-unit.ts";
import { batchMatcher } from "./log-queries.ts";
import { compareValues, isInNamespace } from "./page.ts";
import { executionKey, keyOf, type Tables } from "./tables.ts";

/** Days are its spans, as far as ids tell them. */
export function expiryQueries(tables: () => Tables): ExpiryQueries {
  const rowsIn = ({ least, end }: Span): readonly ExecutionRow[] =>
    [...tables().executions.values()].filter(({ id }) => compareValues(id, least) >= 0 && compareValues(id, end) < 0);
  return {
    list: async (tenant, expiry, limit, after) =>
      [...tables().executions.values()]
        .filter((row) => row.tenant === tenant && hasExpired(row, expiry))
        .map((row) => ({
          tenant,
          id: row.id,
          namespace: row.namespace,
          flowId: row.flowId,
          startDate: startDate(row),
          endDate: endDate(row)!,
        }))
        .toSorted((one, other) => compareStarts(one, other))
        .filter((one) => after === undefined || compareStarts(one, after) > 0)
        .slice(0, limit),
    extents: async (keys) => keys.map((key) => extentOf(tables(), tables().executions.get(executionKey(key)))),
    logSlice: async (filter, count) => {
      if (filter.query !== undefined || filter.withoutText !== undefined) return undefined;
      const passes = lineMatcher(filter);
      const whole = tables().logs.filter((batch) => batchMatcher(filter)(batch) && batch.lines.every(passes));
      const lastOf = ({ lines }: LogBatch): number => Math.max(...lines.map(({ time }) => time));
      const until = whole.map(lastOf).toSorted((one, other) => one - other)[Math.min(count, whole.length) - 1];
      if (until === undefined) return undefined;
      const lines = whole.filter((batch) => lastOf(batch) <= until).reduce((sum, batch) => sum + batch.lines.length, 0);
      return { until, lines };
    },
    spans: async () => spansOf([...tables().executions.values()]),
    removeSpan: async (span, expiry, { counted = false } = {}) => {
      const rows = rowsIn(span);
      const waiting = [...tables().timers.values(), ...tables().messages.values()];
      const isWaitedFor = waiting.some(({ executionId: id }) => id >= span.least && id < span.end);
      if (isWaitedFor || rows.some((row) => !hasExpired(row, expiry))) return undefined;
      const extents = rows.map((row) => extentOf(tables(), row)!);
      for (const { tenant, id } of rows) removeExecution(tables(), { tenant, id, logs: true, metrics: true });
      return {
        flows: flowsOf(rows),
        executions: rows.length,
        ...(counted && {
          counts: {
            logLines: extents.reduce((sum, { logLines }) => sum + logLines, 0),
            metrics: extents.reduce((sum, { metrics }) => sum + metrics, 0),
          },
        }),
      };
    },
  };
}

function flowsOf(rows: readonly ExecutionRow[]): readonly FlowKey[] {
  const flows = rows.map(({ tenant, namespace, flowId: id }) => ({ tenant, namespace, id }));
  const keys = new Map(flows.map((flow) => [keyOf(flow.tenant, flow.namespace, flow.id), flow]));
  return [...keys].toSorted(([one], [other]) => compareValues(one, other)).map(([, flow]) => flow);
}

function compareStarts(
  one: { readonly startDate: number; readonly id: string },
  other: { readonly startDate: number; readonly id: string },
): number {
  return one.startDate - other.startDate || compareValues(one.id, other.id);
}

function hasExpired(row: ExecutionRow, expiry: Expiry): boolean {
  const rule = expiry.find((candidate) => isAbout(candidate, row));
  const end = endDate(row);
  if (rule?.endBefore === undefined || end === undefined) return false;
  return end <= rule.endBefore && startDate(row) >= (rule.startAfter ?? -Infinity);
}

function isAbout(rule: ExpiryRule, row: ExecutionRow): boolean {
  return (
    (rule.tenant ?? row.tenant) === row.tenant &&
    isInNamespace(row.namespace, rule) &&
    (rule.flowId ?? row.flowId) === row.flowId &&
    (rule.states?.includes(row.state) ?? true)
  );
}

function extentOf(tables: Tables, row: ExecutionRow | undefined) {
  if (row === undefined) return undefined;
  const { tenant, id } = row;
  const isTheirs = (part: { readonly tenant: string; readonly executionId?: string }): boolean =>
    part.tenant === tenant && part.executionId === id;
  const end = endDate(row);
  return {
    ...(end !== undefined && { endDate: end }),
    taskRuns: tables.taskRuns.get(keyOf(tenant, id))?.size ?? 0,
    logLines: tables.logs.filter(isTheirs).reduce((sum, { lines }) => sum + lines.length, 0),
    metrics: tables.metrics.filter(isTheirs).length,
  };
}

function spansOf(rows: readonly ExecutionRow[]): readonly Span[] {
  const days = new Set(rows.flatMap(({ id }) => Math.floor((timeOfId(id) ?? NaN) / DAY_MS)).filter(Number.isFinite));
  return [...days]
    .toSorted((one, other) => one - other)
    .map((day) => ({
      name: nameOfDay(day * DAY_MS),
      least: leastIdAt(day * DAY_MS),
      end: leastIdAt((day + 1) * DAY_MS),
    }));
}
