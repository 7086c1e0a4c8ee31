import {
  type Cell,
  type Closure,
  computed,
  type JqContext,
  type Native,
  pathOf,
  pathsOf,
  valuesOf,
} from "./environment.ts";
import { JqError } from "./errors.ts";
import { descend } from "./evaluate.ts";
import { deletePaths, getPath, setPath } from "./paths.ts";
import { expectArray, isTruthy, typeOf } from "./values.ts";

/** Functions that decide what is evaluated and where. */
export const controlNatives: readonly (readonly [string, Native])[] = [
  ["empty/0", () => []],
  [
    "error/0",
    (input) => {
      throw new JqError(input.value);
    },
  ],
  [
    "error/1",
    (input, [message], context) => {
      const [first] = valuesOf(message!, input.value, context);
      if (first !== undefined) throw new JqError(first);
      return [];
    },
  ],
  [
    "select/1",
    function* (input, [condition], context) {
      for (const value of valuesOf(condition!, input.value, context)) if (isTruthy(value)) yield input;
    },
  ],
  ["recurse/0", (input, _given, context) => descend(input, context)],
  ["recurse/1", (input, [step], context) => recurse(input, step!, undefined, context)],
  ["recurse/2", (input, [step, condition], context) => recurse(input, step!, condition, context)],
  [
    "first/1",
    function* (input, [source], context) {
      for (const cell of context.evaluate(source!.body, source!.scope, input)) {
        yield cell;
        return;
      }
    },
  ],
  ["limit/2", limit],
  ["range/1", (input, [end], context) => range(input, undefined, end!, undefined, context)],
  ["range/2", (input, [start, end], context) => range(input, start, end!, undefined, context)],
  ["range/3", (input, [start, end, step], context) => range(input, start, end!, step, context)],
  ["while/2", repeatWhile],
  ["until/2", until],
  ["repeat/1", (input, [step], context) => recurse(input, step!, undefined, context)],
  [
    "path/1",
    function* (input, [source], context) {
      for (const path of pathsOf(source!, input.value, context)) yield computed([...path], input);
    },
  ],
  [
    "getpath/1",
    function* (input, [argument], context) {
      for (const path of valuesOf(argument!, input.value, context)) {
        const keys = expectArray(path, "is no path: Path must be specified as an array");
        const value = getPath(input.value, keys);
        yield input.path === undefined ? computed(value, input) : { value, path: [...pathOf(input), ...keys] };
      }
    },
  ],
  [
    "setpath/2",
    function* (input, [argument, replacement], context) {
      for (const path of valuesOf(argument!, input.value, context)) {
        const keys = expectArray(path, "is no path: Path must be specified as an array");
        for (const value of valuesOf(replacement!, input.value, context)) {
          yield computed(setPath(input.value, keys, value), input);
        }
      }
    },
  ],
  [
    "delpaths/1",
    function* (input, [argument], context) {
      for (const paths of valuesOf(argument!, input.value, context)) {
        const lists = expectArray(paths, "are no paths").map((path) => expectArray(path, "is no path"));
        yield computed(deletePaths(input.value, lists), input);
      }
    },
  ],
];

/** The value, then what `step` makes of it, then what it makes of that, as long as `condition` holds. */
function* recurse(input: Cell, step: Closure, condition: Closure | undefined, context: JqContext): Generator<Cell> {
  const open: Iterator<Cell>[] = [[input][Symbol.iterator]()];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    context.spend(1);
    const next = top.next();
    if (next.done === true) {
      open.pop();
    } else if (condition === undefined || [...valuesOf(condition, next.value.value, context)].some(isTruthy)) {
      yield next.value;
      open.push(context.evaluate(step.body, step.scope, next.value)[Symbol.iterator]());
    }
  }
}

function* limit(input: Cell, [count, source]: readonly Closure[], context: JqContext): Generator<Cell> {
  for (const value of valuesOf(count!, input.value, context)) {
    let left = Number(value);
    if (left < 0) throw new JqError("Invalid arguments to limit: count must not be negative");
    if (left === 0) continue;
    for (const cell of context.evaluate(source!.body, source!.scope, input)) {
      yield cell;
      left -= 1;
      if (left <= 0) break;
    }
  }
}

function* range(
  input: Cell,
  start: Closure | undefined,
  end: Closure,
  step: Closure | undefined,
  context: JqContext,
): Generator<Cell> {
  const numbers = function* (closure: Closure | undefined, fallback: number): Generator<number> {
    if (closure === undefined) yield fallback;
    else {
      for (const value of valuesOf(closure, input.value, context)) {
        if (typeOf(value) !== "number") throw new JqError("Range bounds must be numeric");
        yield Number(value);
      }
    }
  };
  for (const from of numbers(start, 0)) {
    for (const to of numbers(end, 0)) {
      for (const by of numbers(step, 1)) {
        for (let value = from; by > 0 ? value < to : by < 0 ? value > to : from < to; value += by) {
          context.spend(1);
          yield computed(value, input);
        }
      }
    }
  }
}

function* repeatWhile(input: Cell, [condition, step]: readonly Closure[], context: JqContext): Generator<Cell> {
  yield* recurse(input, step!, condition, context);
}

function* until(input: Cell, [condition, step]: readonly Closure[], context: JqContext): Generator<Cell> {
  const open: Iterator<Cell>[] = [[input][Symbol.iterator]()];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    context.spend(1);
    const next = top.next();
    if (next.done === true) {
      open.pop();
    } else {
      const cell = next.value;
      const [isReached] = [...valuesOf(condition!, cell.value, context)];
      if (isTruthy(isReached ?? null)) yield cell;
      else open.push(context.evaluate(step!.body, step!.scope, cell)[Symbol.iterator]());
    }
  }
}
