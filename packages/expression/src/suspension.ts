import type { Environment } from "./environment.ts";
import { ExpressionError } from "./errors.ts";
import { SUSPENSIONS_MAX } from "./limits.ts";

/**
 * Thrown through an evaluation that needs something not there yet: await `ready`, then evaluate again with the same memo.
 * A `LazyMap` may throw one too; its `get` must then answer once `ready` is fulfilled.
 */
export class Suspension {
  readonly ready: Promise<unknown>;

  constructor(ready: Promise<unknown>) {
    this.ready = ready;
  }
}

/** What an asynchronous call came to. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Outcomes of the asynchronous calls of one evaluation, by function name and arguments. */
export interface Memo {
  readonly outcomes: Map<string, Outcome>;
}

export function createMemo(): Memo {
  return { outcomes: new Map() };
}

/** Whether a host function answered a promise, which suspends the evaluation. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

/** Waits for a host function's promise by suspending the evaluation; its outcome is found in the memo by `key` afterwards. */
export function suspend(promise: Promise<unknown>, key: string, memo: Memo): Suspension {
  return new Suspension(
    promise.then(
      (value) => memo.outcomes.set(key, { value: value === undefined ? null : value }),
      (error: unknown) => memo.outcomes.set(key, { error }),
    ),
  );
}

/**
 * Runs until nothing is suspended: awaits, memoises, evaluates again. Clock and randomness are replayed, so a second
 * evaluation sees the numbers that the first one saw. Rejects with what the evaluation throws, and with a LIMIT error when
 * it is suspended more than SUSPENSIONS_MAX times.
 */
export async function settle<T>(environment: Environment, evaluation: (environment: Environment) => T): Promise<T> {
  const memo = environment.memo ?? createMemo();
  const now = recorded(() => environment.now());
  const random = recorded(() => environment.random());
  for (let attempt = 0; attempt <= SUSPENSIONS_MAX; attempt += 1) {
    try {
      return evaluation({ ...environment, memo, now: now.replay(), random: random.replay() });
    } catch (error) {
      if (!(error instanceof Suspension)) throw error;
      await error.ready;
    }
  }
  throw new ExpressionError("LIMIT", `The expression had to wait more than ${SUSPENSIONS_MAX} times`);
}

/** Remembers what `draw` returned; each replay starts with the first value again and draws when it has seen all. */
function recorded(draw: () => number): { replay(): () => number } {
  const values: number[] = [];
  return {
    replay: () => {
      let next = 0;
      return () => {
        const value = values[next] ?? draw();
        values[next] = value;
        next += 1;
        return value;
      };
    },
  };
}
