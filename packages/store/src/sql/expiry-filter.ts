import type { Expiry, ExpiryRule } from "../expiry.ts";
import type { SqlDialect } from "./dialect.ts";
import { demand, demandIf, demandNamespace, demandOneOf, type Selection } from "./selection.ts";

/** Adds the condition that an execution has expired. The columns are those of the table of executions. */
export function demandExpired(dialect: SqlDialect, selection: Selection, expiry: Expiry): void {
  const { sql, values } = expiredCondition(dialect, expiry);
  // No index has dates of ends, but nothing ends before it starts.
  const latest = latestEnd(expiry);
  demand(selection, "start_date <= ?", latest ?? 0);
  demand(selection, sql, ...values);
}

/** The latest end of what may have expired; undefined where nothing can. */
export function latestEnd(expiry: Expiry): number | undefined {
  const ends = expiry.flatMap(({ endBefore }) => endBefore ?? []);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Whether an execution has expired, as an expression that is TRUE for those and FALSE or NULL for the others. */
export function expiredCondition(
  dialect: SqlDialect,
  expiry: Expiry,
): Pick<Selection, "values"> & { readonly sql: string } {
  const whole: Selection = { from: "", conditions: [], values: [] };
  const branches = expiry.map((rule) => {
    const about = aboutRule(dialect, rule);
    const expired = expiredBy(rule);
    whole.values.push(...about.values, ...expired.values);
    return `WHEN ${about.conditions.join(" AND ")} THEN ${expired.conditions.join(" AND ")}`;
  });
  const sql = branches.length === 0 ? "FALSE" : `CASE ${branches.join(" ")} ELSE FALSE END`;
  return { sql, values: whole.values };
}

function aboutRule(dialect: SqlDialect, rule: ExpiryRule): Selection {
  const about: Selection = { from: "", conditions: ["TRUE"], values: [] };
  demandIf(about, "tenant = ?", rule.tenant);
  demandNamespace(about, rule);
  demandIf(about, "flow_id = ?", rule.flowId);
  demandOneOf(dialect, about, "state", rule.states);
  return about;
}

function expiredBy({ startAfter, endBefore }: ExpiryRule): Selection {
  const expired: Selection = { from: "", conditions: [], values: [] };
  if (endBefore === undefined) expired.conditions.push("FALSE");
  else demand(expired, "end_date <= ?", endBefore);
  demandIf(expired, "start_date >= ?", startAfter);
  return expired;
}

/** What all rules are about, so that an index can be used: the flow of a single rule. */
export function onlyFlow(expiry: Expiry): { readonly namespace: string; readonly flowId: string } | undefined {
  const [rule] = expiry;
  if (expiry.length !== 1 || rule?.namespace === undefined || rule.flowId === undefined) return undefined;
  return { namespace: rule.namespace, flowId: rule.flowId };
}
