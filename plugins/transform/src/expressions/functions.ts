import { TaskFailure } from "@capstan/sdk";
import { calculate } from "./decimal.ts";
import { booleanOf, isNothing, numberOf, shown, textOf, timestampOf, wholeNumberOf } from "./values.ts";

/** What an expression calls. Names are compared without regard to case. */
export interface RecordFunction {
  /** How many arguments it takes; undefined for any number. */
  readonly parameters?: number;
  readonly call: (values: readonly unknown[]) => unknown;
}

const FUNCTIONS: Readonly<Record<string, RecordFunction>> = {
  toint: ofValue(wholeNumberOf),
  todecimal: ofValue(numberOf),
  tostring: ofValue(textOf),
  toboolean: ofValue(booleanOf),
  parsetimestamp: ofValue(timestampOf),
  sum: ofList((numbers) => numbers.reduce<number>(plus, 0)),
  avg: ofList((numbers) => average(numbers.reduce<number>(plus, 0), numbers.length)),
  min: ofList((numbers) => extreme(numbers, (value, best) => value < best)),
  max: ofList((numbers) => extreme(numbers, (value, best) => value > best)),
  count: { parameters: 1, call: ([value]) => (isNothing(value) ? null : listOf(value).length) },
  coalesce: { call: (values) => values.find((value) => !isNothing(value)) ?? null },
  concat: { call: (values) => values.map((value) => (isNothing(value) ? "" : textOf(value))).join("") },
};
const SPELLINGS = "toInt, toDecimal, toString, toBoolean, parseTimestamp, sum, avg, count, min, max, coalesce, concat";

/** The function of that name. Throws `TaskFailure` that names those that there are. */
export function functionNamed(name: string): RecordFunction {
  const key = name.toLowerCase();
  if (Object.hasOwn(FUNCTIONS, key)) return FUNCTIONS[key]!;
  throw new TaskFailure(`there is no function ${name}: ${SPELLINGS} are those there are`);
}

/** Null where there is nothing to average. */
export function average(total: number, count: number): number | null {
  return count === 0 ? null : calculate("/", total, count);
}

export function plus(left: number, right: number): number {
  return calculate("+", left, right)!;
}

function ofValue(convert: (value: unknown) => unknown): RecordFunction {
  return { parameters: 1, call: ([value]) => (isNothing(value) ? null : convert(value)) };
}

/** Nothing of nothing; of a list, what the numbers in it make. */
function ofList(reduce: (numbers: readonly number[]) => number | null): RecordFunction {
  return {
    parameters: 1,
    call: ([value]) =>
      isNothing(value)
        ? null
        : reduce(
            listOf(value)
              .filter((element) => !isNothing(element))
              .map(numberOf),
          ),
  };
}

function extreme(numbers: readonly number[], isBetter: (value: number, best: number) => boolean): number | null {
  let best: number | undefined;
  for (const value of numbers) if (best === undefined || isBetter(value, best)) best = value;
  return best ?? null;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TaskFailure(`${shown(value)} is no list`);
}
