import { defineTask, dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { compileExpression } from "../expressions/compile.ts";
import { type Aggregator, aggregatorOf } from "./aggregate-state.ts";
import { cast } from "./cast.ts";
import { deliver, type RecordContext, type Tally } from "./deliver.ts";
import { type FieldType, fieldType, from, resultOutputs, resultProperties } from "./record-properties.ts";
import { type Row, rowsOf } from "./sources.ts";

/** Groups that one task keeps in memory. */
export const GROUPS_MAX = 100_000;

/** Makes one record of each group of records. */
export const aggregate = defineTask({
  type: "io.kestra.plugin.transform.Aggregate",
  title: "Count and sum records by group",
  description: `Records of one group needn't stand together. At most ${GROUPS_MAX} groups.`,
  properties: () =>
    z.object({
      from: from(),
      groupBy: listOrText().describe(
        "The fields that records of one group share. They are fields of the result as well.",
      ),
      aggregates: dynamic(
        z.record(
          z.string(),
          z.union([
            text(),
            z.object({ expr: text().describe("What is counted, such as `sum(total)`."), type: fieldType() }),
          ]),
        ),
      ).describe(
        "The other fields of the result by name: `count()`, or `sum`, `avg`, `min`, `max`, `first` or `last` of an expression; or a map of `expr` and `type`. " +
          "What is empty or absent doesn't count.",
      ),
      onError: dynamic(z.enum(["FAIL", "SKIP", "NULL"]))
        .default("FAIL")
        .describe(
          "What a value that can't be counted means: FAIL fails the task, SKIP leaves the record out, NULL makes the field null.",
        ),
      ...resultProperties(),
    }),
  outputs: resultOutputs,
  examples: [
    {
      title: "Totals by customer",
      code:
        'id: totals\ntype: io.kestra.plugin.transform.Aggregate\nfrom: "{{ outputs.orders.uri }}"\ngroupBy: [customer, country]\n' +
        "aggregates:\n  orders: count()\n  total:\n    expr: sum(amount)\n    type: DECIMAL\n",
    },
  ],
  async run(context) {
    const { from, groupBy, aggregates, onError, ...result } = context.properties;
    if (groupBy.length === 0) throw new TaskFailure("`groupBy` names no fields: name one at least.");
    const plan = {
      keys: groupBy.map((name) => ({ name, read: compileExpression(name) })),
      columns: Object.entries(aggregates).map(([name, written]) => columnOf(name, written)),
      onError,
    };
    if (plan.columns.length === 0) throw new TaskFailure("`aggregates` names no fields: name one at least.");
    const tally: Tally = { processed: 0, passed: 0, dropped: 0, failed: 0 };
    const rows = groupRows(context, rowsOf(from, context.files), plan, tally);
    return deliver(context, rows, { name: "aggregate.ion", sources: [from], ...result }, tally);
  },
});

interface Column extends Aggregator {
  readonly name: string;
  readonly type: FieldType | undefined;
}

interface Plan {
  readonly keys: readonly { readonly name: string; readonly read: (record: unknown) => unknown }[];
  readonly columns: readonly Column[];
  readonly onError: "FAIL" | "SKIP" | "NULL";
}

const FAILED = Symbol("failed");

interface Group {
  readonly values: readonly unknown[];
  /** Of each column; FAILED for one that a value made null. */
  states: readonly unknown[];
}

function columnOf(name: string, written: string | { expr: string; type?: FieldType | undefined }): Column {
  const { expr, type } = typeof written === "string" ? { expr: written } : written;
  return { name, type, ...aggregatorOf(expr) };
}

async function* groupRows(
  context: RecordContext,
  rows: AsyncIterable<Row>,
  plan: Plan,
  tally: Tally,
): AsyncGenerator<Row> {
  const groups = new Map<string, Group>();
  for await (const row of rows) {
    context.signal.throwIfAborted();
    tally.processed += 1;
    const isCounted = tolerantly(plan, tally, () => addTo(groups, row, plan, tally));
    if (isCounted === undefined) tally.dropped += 1;
    else tally.passed += 1;
    if (groups.size > GROUPS_MAX)
      throw new TaskFailure(`There are more than ${GROUPS_MAX} groups: let a database count them.`);
  }
  context.metric({ name: "groups", type: "counter", value: groups.size });
  for (const group of groups.values()) {
    const row = tolerantly(plan, tally, () => rowOf(group, plan, tally));
    if (row !== undefined) yield row;
  }
}

function addTo(groups: Map<string, Group>, row: Row, { keys, columns, onError }: Plan, tally: Tally): true {
  const values = keys.map(({ read }) => read(row) ?? null);
  const key = JSON.stringify(values);
  const known = groups.get(key);
  const group = known ?? { values, states: columns.map(({ initial }) => initial) };
  // All are made before the first counts, so that a record that is left out counts nowhere.
  group.states = columns.map(({ next }, index) => {
    const state = group.states[index];
    return state === FAILED ? FAILED : valueOrNull(onError, tally, () => next(state, row));
  });
  groups.set(key, group);
  return true;
}

function rowOf({ values, states }: Group, { keys, columns, onError }: Plan, tally: Tally): Row {
  const made = columns.map(({ name, type, result: resultOf }, index): [string, unknown] => {
    const result = states[index] === FAILED ? null : resultOf(states[index]);
    const value = type === undefined ? result : valueOrNull(onError, tally, () => cast(result, type));
    return [name, value === FAILED ? null : value];
  });
  return Object.fromEntries([...keys.map(({ name }, index): [string, unknown] => [name, values[index]]), ...made]);
}

function valueOrNull(onError: Plan["onError"], tally: Tally, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (onError !== "NULL" || !(error instanceof TaskFailure)) throw error;
    tally.failed += 1;
    return FAILED;
  }
}

/** Undefined for what is left out. */
function tolerantly<Result>({ onError }: Plan, tally: Tally, make: () => Result): Result | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    if (onError !== "SKIP") throw new TaskFailure(`Record ${tally.processed}: ${error.message}.`, { cause: error });
    tally.failed += 1;
    return undefined;
  }
}
