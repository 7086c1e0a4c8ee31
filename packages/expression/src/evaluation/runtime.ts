import type { Environment } from "../environment.ts";
import { ExpressionError } from "../errors.ts";
import { CHARACTERS_PER_STEP, LIMITS } from "../limits.ts";
import { LazyMap, type Scope } from "../scope.ts";
import { isList, isMap } from "../values/maps.ts";
import { toText } from "../values/text.ts";

/** Variables of the template itself. A barrier hides those outside of it: a macro doesn't see its caller's. */
export interface Frame {
  readonly values: Map<string, unknown>;
  readonly isBarrier: boolean;
  readonly parent: Frame | null;
}

/** The state of one rendering. */
export interface Runtime {
  readonly source: string;
  readonly scope: Scope;
  readonly environment: Environment;
  /** Renders a source found in a value: what `render()` needs. */
  readonly renderNested: (source: string, runtime: Runtime) => string;
  readonly stepsMax: number;
  readonly charactersMax: number;
  readonly depthMax: number;
  steps: number;
  depth: number;
  frame: Frame | null;
  /** Text written so far. */
  text: string;
  /** Whether a lone value is kept as it is, in `native`, instead of becoming text. */
  isTyped: boolean;
  native: unknown;
  writes: number;
  /** Whether raw blocks keep their tags, so that they survive the next rendering. */
  keepsRaw: boolean;
  /** Lists changed in place: the list of the scope → its changed copy. The scope's own lists are never touched. */
  changed: Map<readonly unknown[], unknown[]> | null;
}

export function createRuntime(
  source: string,
  scope: Scope,
  environment: Environment,
  isTyped: boolean,
  renderNested: Runtime["renderNested"],
): Runtime {
  const { limits } = environment;
  return {
    source,
    scope,
    environment,
    renderNested,
    stepsMax: limits?.steps ?? LIMITS.steps,
    charactersMax: limits?.outputCharacters ?? LIMITS.outputCharacters,
    depthMax: limits?.depth ?? LIMITS.depth,
    steps: 0,
    depth: 0,
    frame: null,
    text: "",
    isTyped,
    native: undefined,
    writes: 0,
    keepsRaw: false,
    changed: null,
  };
}

/** Counts evaluation steps. Throws a LIMIT error when there are too many. */
export function spend(runtime: Runtime, steps: number): void {
  runtime.steps += steps;
  if (runtime.steps > runtime.stepsMax) {
    throw new ExpressionError("LIMIT", `The expression needs more than ${runtime.stepsMax} evaluation steps`);
  }
}

/** Counts the steps that reading or producing a long text is worth; other values cost nothing. */
export function spendText(runtime: Runtime, value: unknown): void {
  if (typeof value !== "string" || value.length < CHARACTERS_PER_STEP) return;
  spend(runtime, Math.floor(value.length / CHARACTERS_PER_STEP));
}

/** Passes a text that may be produced; throws a LIMIT error when it is too long. */
export function bounded(runtime: Runtime, text: string): string {
  spendText(runtime, text);
  if (text.length > runtime.charactersMax) tooLong(runtime);
  return text;
}

/** Throws the LIMIT error for text beyond the bound. */
export function tooLong(runtime: Runtime): never {
  throw new ExpressionError("LIMIT", `The text is longer than ${runtime.charactersMax} characters`);
}

/** Goes one level deeper, into a macro or a nested rendering; `leave` must follow. */
export function enter(runtime: Runtime): void {
  if (runtime.depth >= runtime.depthMax) {
    throw new ExpressionError(
      "LIMIT",
      `Macros, blocks or renderings are nested more than ${runtime.depthMax} levels deep`,
    );
  }
  runtime.depth += 1;
}

export function leave(runtime: Runtime): void {
  runtime.depth -= 1;
}

/** Prints a value to the output. */
export function write(runtime: Runtime, value: unknown): void {
  if (runtime.isTyped) {
    runtime.writes += 1;
    if (runtime.writes === 1) {
      runtime.native = value;
      return;
    }
    if (runtime.writes === 2) runtime.text = scalarText(runtime.native);
    runtime.text += scalarText(value);
  } else {
    runtime.text += toText(value);
  }
  if (runtime.text.length > runtime.charactersMax) tooLong(runtime);
}

function scalarText(value: unknown): string {
  if (isList(value) || isMap(value)) {
    throw new ExpressionError("TYPE", "A map or list can't be joined with text where its type is kept", {
      hint: "Convert it with `| toJson`, or leave nothing else around the expression.",
    });
  }
  return toText(value);
}

/** The text that a body writes; it doesn't reach the output. */
export function capture(runtime: Runtime, body: (runtime: Runtime) => void): string {
  const { text, isTyped } = runtime;
  runtime.text = "";
  runtime.isTyped = false;
  try {
    body(runtime);
    return runtime.text;
  } finally {
    runtime.text = text;
    runtime.isTyped = isTyped;
  }
}

/** Runs with further variables of the template. */
export function withFrame<T>(runtime: Runtime, frame: Omit<Frame, "parent">, run: () => T): T {
  const outer = runtime.frame;
  runtime.frame = { ...frame, parent: outer };
  try {
    return run();
  } finally {
    runtime.frame = outer;
  }
}

/** The template's own variable, `undefined` when it has none of this name. */
export function localOf(runtime: Runtime, name: string): unknown {
  for (let frame = runtime.frame; frame !== null; frame = frame.isBarrier ? null : frame.parent) {
    const value = frame.values.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The name under which a template reaches what its macros don't see. */
export const TEMPLATE_CONTEXT = "_context";

/** What the template sees outside of its macros: its own variables, and those of the scope. */
export class TemplateContext extends LazyMap {
  readonly #scope: Scope;
  readonly #frames: readonly Frame[];

  constructor({ scope, frame }: Runtime) {
    super();
    this.#scope = scope;
    this.#frames = outsideOfMacros(frame);
  }

  override get(key: string): unknown {
    for (const { values } of this.#frames) {
      const value = values.get(key);
      if (value !== undefined) return value;
    }
    return this.#scope.get(key);
  }

  override keys(): Iterable<string> {
    return new Set([...this.#frames.flatMap(({ values }) => [...values.keys()]), ...this.#scope.keys()]);
  }
}

/** The frames around the outermost macro that runs, innermost first. */
function outsideOfMacros(innermost: Frame | null): Frame[] {
  let frames: Frame[] = [];
  for (let frame = innermost; frame !== null; frame = frame.parent) {
    if (frame.isBarrier) frames = [];
    else frames.push(frame);
  }
  return frames;
}

/** Assigns to the nearest variable of this name; without one, a variable of the innermost loop, macro or template is made. */
export function assign(runtime: Runtime, name: string, value: unknown): void {
  const given = value ?? null;
  runtime.frame ??= { values: new Map(), isBarrier: false, parent: null };
  for (let frame: Frame | null = runtime.frame; frame !== null; frame = frame.isBarrier ? null : frame.parent) {
    if (frame.values.has(name)) {
      frame.values.set(name, given);
      return;
    }
  }
  runtime.frame.values.set(name, given);
}

/**
 * Changes the elements of a list in place, as it looks from within this rendering: the scope's own list stays, but
 * whoever reads it again gets the changed copy.
 */
export function changeInPlace(
  runtime: Runtime,
  list: readonly unknown[],
  change: (list: readonly unknown[]) => readonly unknown[],
): readonly unknown[] {
  runtime.changed ??= new Map();
  const elements = change(list);
  const known = runtime.changed.get(list);
  if (known !== undefined) {
    for (const [index, element] of elements.entries()) known[index] = element;
    return known;
  }
  const copy = [...elements];
  runtime.changed.set(list, copy);
  runtime.changed.set(copy, copy);
  return copy;
}

/** The list as changed within this rendering, any other value as it is. */
export function asChanged(runtime: Runtime, value: unknown): unknown {
  return runtime.changed !== null && Array.isArray(value) ? (runtime.changed.get(value) ?? value) : value;
}
