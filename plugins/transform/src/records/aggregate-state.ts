import { TaskFailure } from "@capstan/sdk";
import { compileExpression, type Evaluate } from "../expressions/compile.ts";
import { average, plus } from "../expressions/functions.ts";
import { orderOf } from "../expressions/operators.ts";
import { isNothing, numberOf } from "../expressions/values.ts";

/** How something is counted over the records of a group. */
export interface Aggregator {
  readonly initial: unknown;
  /** The state with one record more. Throws `TaskFailure` for values that can't be counted. */
  readonly next: (state: unknown, record: unknown) => unknown;
  readonly result: (state: unknown) => unknown;
}

const CALL = /^\s*(count|sum|min|max|avg|first|last)\s*\((.*)\)\s*$/su;

/** Reads `sum(total)` and its kin. Throws `TaskFailure`. */
export function aggregatorOf(expression: string): Aggregator {
  const [, name, argument = ""] = CALL.exec(expression) ?? [];
  if (name === undefined)
    throw new TaskFailure(
      `${expression} is no aggregate: count(), and sum, min, max, avg, first and last of a field are.`,
    );
  if (name === "count") {
    if (argument.trim() === "") return { initial: 0, next: (count) => (count as number) + 1, result: (count) => count };
    throw new TaskFailure(`${expression} is no aggregate: count() counts records and takes nothing.`);
  }
  if (argument.trim() === "") throw new TaskFailure(`${expression} is no aggregate: name a field in the brackets.`);
  const read = compileExpression(argument);
  switch (name) {
    case "sum":
      return {
        initial: 0,
        next: (sum, record) => plus(sum as number, numberOf(read(record) ?? 0)),
        result: (sum) => sum,
      };
    case "avg":
      return mean(read);
    case "min":
      return one(read, (known, value) => known === undefined || orderOf(value, known) < 0);
    case "max":
      return one(read, (known, value) => known === undefined || orderOf(value, known) > 0);
    case "first":
      return one(read, (known) => known === undefined);
    default:
      return one(read, () => true);
  }
}

function mean(read: Evaluate): Aggregator {
  interface Sum {
    readonly sum: number;
    readonly count: number;
  }
  return {
    initial: { sum: 0, count: 0 } satisfies Sum,
    next: (state, record) => {
      const { sum, count } = state as Sum;
      const value = read(record);
      return isNothing(value) ? state : { sum: plus(sum, numberOf(value)), count: count + 1 };
    },
    result: (state) => average((state as Sum).sum, (state as Sum).count),
  };
}

function one(read: Evaluate, replaces: (known: unknown, value: unknown) => boolean): Aggregator {
  return {
    initial: undefined,
    next: (known, record) => {
      const value = read(record);
      return !isNothing(value) && replaces(known, value) ? value : known;
    },
    result: (known) => known ?? null,
  };
}
