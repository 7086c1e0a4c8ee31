import type { ExecutionControl, ExecutionRow, LiveExecution } from "@capstan/engine";
import type { Debounce } from "@capstan/model";
import type { LiveKey } from "../executor/live-key.ts";
import { flowName } from "./rules.ts";

/** Executions that are put off for a while, so that others may take their place: of each flow and key at most one. */
export interface Debounces {
  /** A new execution with the date on which it is to run, and the one whose place it takes. It waits from now on. */
  put(row: ExecutionRow, debounce: Debounce): PutOff;
  /** At a start. Answers which of two is to end, when another one waits in its place. */
  restore(execution: LiveExecution): { readonly superseded: LiveKey; readonly by: string } | undefined;
  /** It runs, or will never run. */
  over(execution: LiveExecution): void;
}

export interface PutOff {
  readonly row: ExecutionRow;
  readonly superseded?: LiveKey;
}

interface Waiting {
  readonly key: LiveKey;
  /** Epoch milliseconds of the first whose place was taken. */
  readonly since: number;
  readonly createdAt: number;
}

export function createDebounces(): Debounces {
  const waiting = new Map<string, Waiting>();
  return {
    put: (row, { periodMs, maxWaitMs = Infinity }) => {
      const { tenant, id, createdAt, control } = row;
      if (control?.debounce === undefined) return { row };
      const name = nameOf(row, control.debounce);
      const before = waiting.get(name);
      const since = before?.since ?? control.debounce.since;
      const scheduleDate = Math.max(createdAt, Math.min(createdAt + periodMs, since + maxWaitMs));
      waiting.set(name, { key: { tenant, id }, since, createdAt });
      return {
        row: { ...row, scheduleDate, control: { ...control, debounce: { ...control.debounce, since } } },
        ...(before === undefined ? {} : { superseded: before.key }),
      };
    },
    restore: ({ tenant, id, fixed }) => {
      const { control, createdAt } = fixed;
      if (control?.debounce === undefined) return undefined;
      const name = nameOf({ ...fixed, tenant }, control.debounce);
      const found = { key: { tenant, id }, since: control.debounce.since, createdAt };
      const other = waiting.get(name);
      const [older, newer] = other !== undefined && other.createdAt > createdAt ? [found, other] : [other, found];
      waiting.set(name, newer);
      return older && { superseded: older.key, by: newer.key.id };
    },
    over: ({ tenant, id, fixed }) => {
      const debounce = fixed.control?.debounce;
      if (debounce === undefined) return;
      const name = nameOf({ ...fixed, tenant }, debounce);
      if (waiting.get(name)?.key.id === id) waiting.delete(name);
    },
  };
}

function nameOf(
  { tenant, namespace, flowId: id }: Pick<ExecutionRow, "tenant" | "namespace" | "flowId">,
  { key }: NonNullable<ExecutionControl["debounce"]>,
): string {
  const flow = flowName(tenant, { namespace, id });
  return key === undefined ? flow : `${flow} ${key}`;
}
