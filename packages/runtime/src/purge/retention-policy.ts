import type { State } from "@capstan/engine";
import type { Expiry, LogFilter } from "@capstan/store";
import { defined } from "../defined.ts";

/** How long what executions leave behind is kept. Times are milliseconds, `Infinity` for ever. */
export interface RetentionPolicy {
  /** Whose executions and logs are looked at. */
  readonly tenants: readonly string[];
  /** Of executions after their end, with all that belongs to them. */
  readonly executionsMs: number;
  /** Of lines of logs; by default as long as their executions, and those that belong to none as long as executions are kept. */
  readonly logsMs?: number | undefined;
  /** The first that is about an execution goes before the two above. */
  readonly rules: readonly RetentionRule[];
}

/** About the executions that have all of what is given. */
export interface RetentionRule {
  readonly tenant?: string | undefined;
  /** The namespace itself or any below it. */
  readonly namespace?: string | undefined;
  readonly flowId?: string | undefined;
  readonly states?: readonly State[] | undefined;
  readonly executionsMs?: number | undefined;
  /** Only of a rule about a namespace. */
  readonly logsMs?: number | undefined;
}

export const DAY_MS = 86_400_000;

/** When the days that have expired by now have their end (UTC). Whole days, so that what began on one day goes together. */
export type EndOf = (keepMs: number) => number | undefined;

export function endOfDays(now: number, delayMs = 0): EndOf {
  return (keepMs) => {
    if (keepMs === Infinity) return undefined;
    return Math.floor((now - keepMs - delayMs) / DAY_MS) * DAY_MS;
  };
}

export function expiryOf({ rules, executionsMs }: RetentionPolicy, endOf: EndOf): Expiry {
  const special = rules.flatMap((rule) => {
    const { tenant, namespace: namespacePrefix, flowId, states, executionsMs: keepMs } = rule;
    if (keepMs === undefined) return [];
    return [defined({ tenant, namespacePrefix, flowId, states, endBefore: endOf(keepMs) })];
  });
  return [...special, defined({ endBefore: endOf(executionsMs) })];
}

/** The lines of a tenant that have expired: a filter for each rule, without the namespaces of those before it. */
export function expiredLogs(policy: RetentionPolicy, tenant: string, endOf: EndOf): readonly LogFilter[] {
  const { rules, executionsMs, logsMs = executionsMs } = policy;
  const special = rules.filter((rule) => rule.logsMs !== undefined && (rule.tenant ?? tenant) === tenant);
  const others = policy.logsMs === undefined ? { executionId: "" } : {};
  return [...special, { logsMs, namespace: undefined }].flatMap((rule, position, all): LogFilter[] => {
    const before = endOf(rule.logsMs!);
    const earlier = all.slice(0, position);
    const isDecided = earlier.some(({ namespace }) => namespace === undefined);
    if (before === undefined || isDecided) return [];
    const namespaces = earlier.flatMap(({ namespace }) => namespace ?? []);
    return [
      {
        tenant,
        before,
        ...(position === all.length - 1 && others),
        ...(rule.namespace !== undefined && { namespacePrefix: rule.namespace }),
        ...(namespaces.length > 0 && {
          texts: [{ field: "namespace", operator: "WITHIN", values: namespaces, negated: true } as const],
        }),
      },
    ];
  });
}
