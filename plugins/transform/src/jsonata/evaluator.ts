import { patternFinder, TaskFailure } from "@capstan/sdk";
import { setImmediate } from "node:timers/promises";

/** Milliseconds that an expression may take for one value. */
export const EVALUATION_MS_MAX = 10_000;
/** Elements of a list that an expression makes. */
export const SEQUENCE_LENGTH_MAX = 1_000_000;
/** Milliseconds after which an evaluation lets others have a turn, such as a kill. */
const TURN_MS_MAX = 50;

export interface EvaluationLimits {
  readonly maxDepth: number;
  readonly milliseconds?: number;
}

/** What an expression makes of a value; null for nothing. Throws `TaskFailure`, and the reason of `signal` when that aborts. */
export type EvaluateValue = (value: unknown) => Promise<unknown>;

/**
 * Reads a JSONata expression. Regular expressions in it run in bounded time, and a long evaluation can be ended. Throws
 * `TaskFailure` that says where it can't be read.
 */
export async function readExpression(
  expression: string,
  { maxDepth, milliseconds = EVALUATION_MS_MAX }: EvaluationLimits,
  signal: AbortSignal,
): Promise<EvaluateValue> {
  const { default: jsonata } = await import("jsonata");
  const options = {
    stack: maxDepth,
    timeout: milliseconds,
    sequence: SEQUENCE_LENGTH_MAX,
    RegexEngine: boundedRegExp(),
  };
  const read = () => {
    try {
      return jsonata(expression, options);
    } catch (error) {
      throw new TaskFailure(`The JSONata expression can't be read: ${reasonOf(error)}.`, { cause: error });
    }
  };
  const compiled = read();
  let turnAt = Date.now() + TURN_MS_MAX;
  const giveTurns = async () => {
    if (Date.now() < turnAt) return;
    await setImmediate();
    turnAt = Date.now() + TURN_MS_MAX;
    signal.throwIfAborted();
  };
  // The library calls this before each step; its types only know names that are texts.
  compiled.assign(Symbol.for("jsonata.__evaluate_entry") as unknown as string, giveTurns);
  return async (value) => {
    signal.throwIfAborted();
    try {
      return (await compiled.evaluate(value)) ?? null;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new TaskFailure(`The JSONata expression fails: ${reasonOf(error)}.`, { cause: error });
    }
  };
}

/** Errors of the library are plain objects. */
function reasonOf(error: unknown): string {
  const { message = String(error), position, code } = error as { message?: string; position?: number; code?: string };
  const place = position === undefined ? "" : `, at character ${position}`;
  return `${message.replace(/\.$/, "")}${code === undefined ? "" : ` (${code}${place})`}`;
}

/** Stands in for the platform's engine, which may take time exponential in the text; with what the library uses of one. */
function boundedRegExp(): RegExpConstructor {
  const finders = new Map<string, ReturnType<typeof patternFinder>>();
  const finderOf = ({ source, flags }: RegExp) => {
    const key = `${flags}/${source}`;
    const known = finders.get(key) ?? patternFinder(source, flags.replaceAll(/[^im]/g, ""));
    finders.set(key, known);
    return known;
  };
  function Bounded(this: { lastIndex: number; exec: unknown }, pattern: RegExp) {
    const { find } = finderOf(pattern);
    this.lastIndex = 0;
    this.exec = (text: string) => {
      const match = this.lastIndex > text.length ? undefined : find(text, this.lastIndex);
      // As with the flag `g`, the next search goes on behind this match.
      this.lastIndex = match === undefined ? 0 : match.start + match.text.length;
      if (match === undefined) return null;
      return Object.assign([match.text, ...match.groups], { index: match.start, input: text });
    };
  }
  return Bounded as unknown as RegExpConstructor;
}
