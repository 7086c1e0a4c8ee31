import { LazyMap, Suspension } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";

/**
 * What `outputs` shows to an attempt: what the job carries, what earlier tasks of a group left, and everything else asked from
 * the executor when it is read.
 */
export class OutputsMap extends LazyMap {
  /** What `tasks` shows to a job that does not carry it: the states of all tasks, asked for when they are read. */
  readonly tasks: LazyMap;
  readonly #known: Map<string, unknown>;
  readonly #ask: (path: readonly string[]) => Promise<unknown>;
  #all: { readonly keys: readonly string[] } | undefined;

  /** `ask` gets the path below the root of the scope: `["outputs"]` for all, `["outputs", "extract"]` for one task. */
  constructor(carried: JsonMap, ask: (path: readonly string[]) => Promise<unknown>) {
    super();
    this.#known = new Map(Object.entries(carried));
    this.#ask = ask;
    this.tasks = new StatesMap(() => ask(["tasks"]));
  }

  override get(key: string): unknown {
    if (this.#known.has(key) || this.#all !== undefined) return this.#known.get(key);
    const ready = this.#ask(["outputs", key]).then((value) => this.#known.set(key, value));
    throw new Suspension(ready);
  }

  override keys(): Iterable<string> {
    if (this.#all === undefined) throw new Suspension(this.#load());
    return this.#all.keys;
  }

  /** Adds the outputs of a task of the same group; `path` holds the values of the loops around it, outermost first. */
  add(taskId: string, path: readonly string[], outputs: JsonMap): void {
    this.#known.set(taskId, inserted(this.#known.get(taskId), path, outputs));
    this.#all = undefined;
  }

  async #load(): Promise<void> {
    const all = await this.#ask(["outputs"]);
    if (typeof all === "object" && all !== null) {
      for (const [key, value] of Object.entries(all)) if (!this.#known.has(key)) this.#known.set(key, value);
    }
    const keys = [...this.#known].filter(([, value]) => value !== undefined).map(([key]) => key);
    this.#all = { keys };
  }
}

class StatesMap extends LazyMap {
  readonly #ask: () => Promise<unknown>;
  #states: ReadonlyMap<string, unknown> | undefined;

  constructor(ask: () => Promise<unknown>) {
    super();
    this.#ask = ask;
  }

  override get(key: string): unknown {
    return this.#loaded().get(key);
  }

  override keys(): Iterable<string> {
    return this.#loaded().keys();
  }

  #loaded(): ReadonlyMap<string, unknown> {
    if (this.#states === undefined) throw new Suspension(this.#load());
    return this.#states;
  }

  async #load(): Promise<void> {
    this.#states = new Map(Object.entries((await this.#ask()) ?? {}));
  }
}

function inserted(before: unknown, path: readonly string[], outputs: JsonMap): unknown {
  const [value, ...rest] = path;
  if (value === undefined) return outputs;
  const siblings = typeof before === "object" && before !== null ? (before as Record<string, unknown>) : {};
  return { ...siblings, [value]: inserted(siblings[value], rest, outputs) };
}
