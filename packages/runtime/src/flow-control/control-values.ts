import { createHash } from "node:crypto";
import { labelMap, type ExecutionControl, type Label } from "@capstan/engine";
import { ExpressionError, scopeOf, settle, templateCache, type Environment } from "@capstan/expression";
import { PRIORITY_MAX, type Flow } from "@capstan/model";
import { defined } from "../defined.ts";
import type { Rule } from "./rules.ts";

/** Longest text of a key; of a longer one its hash stands for it. */
export const KEY_LENGTH_MAX = 256;

const template = templateCache(1_000);

/** What the flow control of a new execution depends on, or why that can't be found. */
export type ControlValues = { readonly control?: ExecutionControl } | { readonly problem: string };

/** Whether there is anything to find out, which for most flows there is not. */
export function hasControlValues({ debounce, batch, priority }: Flow, rules: readonly Rule[]): boolean {
  return (
    debounce !== undefined ||
    batch !== undefined ||
    priority !== undefined ||
    rules.some(({ key }) => key !== undefined)
  );
}

/**
 * Renders the keys of all limits of a new execution, and its priority. `roots` are what its inputs and checks see; inputs and labels come
 * to them. `now`: epoch milliseconds.
 */
export async function controlValues(
  flow: Flow,
  rules: readonly Rule[],
  { roots, labels, environment, now, mayShare }: ControlParts,
): Promise<ControlValues> {
  const { debounce, priority: prioritySource } = flow;
  const batch = mayShare ? flow.batch : undefined;
  const sources = new Set(rules.flatMap(({ key }) => key ?? []));
  const scope = scopeOf({ ...roots, labels: labelMap(labels) });
  const render = (source: string) => settle(environment, (settling) => template(source).render(scope, settling));
  try {
    const keys: Record<string, string> = {};
    for (const source of sources) keys[source] = shortened(await render(source));
    const debounceKey = debounce?.key === undefined ? undefined : shortened(await render(debounce.key));
    const batchKey = batch?.key === undefined ? undefined : shortened(await render(batch.key));
    const priority = prioritySource === undefined ? undefined : priorityOf(await render(prioritySource));
    if (Number.isNaN(priority))
      return { problem: `the priority must be a whole number from -${PRIORITY_MAX} to ${PRIORITY_MAX}` };
    const control = defined({
      priority: priority === 0 ? undefined : priority,
      keys: sources.size === 0 ? undefined : keys,
      batch: batch && defined({ key: batchKey }),
      debounce: debounce && { since: now, ...defined({ key: debounceKey }) },
    });
    return Object.keys(control).length === 0 ? {} : { control };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { problem: `a key of its limits, or its priority, can't be rendered: ${error.message}` };
  }
}

export interface ControlParts {
  readonly roots: Readonly<Record<string, unknown>>;
  readonly labels: readonly Label[];
  readonly environment: Environment;
  readonly now: number;
  /** Whether it may share an execution with other starts. */
  readonly mayShare: boolean;
}

function shortened(key: string): string {
  return key.length <= KEY_LENGTH_MAX ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** NaN for what is no priority. */
function priorityOf(text: string): number {
  const number = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : NaN;
  return Math.abs(number) <= PRIORITY_MAX ? number : NaN;
}
