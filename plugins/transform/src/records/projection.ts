import { TaskFailure } from "@capstan/sdk";
import { compileExpression, type Evaluate } from "../expressions/compile.ts";
import { booleanOf } from "../expressions/values.ts";
import { cast } from "./cast.ts";
import type { FieldType } from "./record-properties.ts";

/** One field of a result. */
export interface Field {
  readonly name: string;
  /** The value, converted; nothing where it may be so. Throws `TaskFailure`. */
  readonly evaluate: Evaluate;
}

type WrittenField =
  | string
  | { readonly expr: string; readonly type?: FieldType | undefined; readonly optional: boolean };

/** The fields of a property. Throws `TaskFailure` for an expression that can't be read. */
export function fieldsOf(written: Readonly<Record<string, WrittenField>>): readonly Field[] {
  return Object.entries(written).map(([name, field]) => {
    const { expr, type, optional } =
      typeof field === "string" ? { expr: field, optional: false } : { type: undefined, ...field };
    const read = compileExpression(expr);
    const evaluate: Evaluate = (record) => {
      const value = read(record);
      if (value === undefined && !optional)
        throw new TaskFailure(
          `${name} has no value, as the record lacks what ${expr} names. Add \`optional: true\` where it may`,
        );
      return type === undefined ? value : ofField(name, () => cast(value, type));
    };
    return { name, evaluate };
  });
}

function ofField<Result>(name: string, convert: () => Result): Result {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    throw new TaskFailure(`${name} can't be converted: ${error.message}`, { cause: error });
  }
}

/** A condition on a record. Throws `TaskFailure` when it is neither true nor false. */
export function conditionOf(where: string): (record: unknown) => boolean {
  const evaluate = compileExpression(where);
  return (record) => {
    const value = evaluate(record);
    if (value === null || value === undefined)
      throw new TaskFailure(
        `\`where\` is neither true nor false, as a field in it is empty or absent. Use coalesce() for what may be`,
      );
    return ofField("`where`", () => booleanOf(value));
  };
}

/** Without the fields that hold nothing. */
export function withoutNulls(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined));
}
