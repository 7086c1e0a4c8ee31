import {
  compile,
  type Environment,
  ExpressionError,
  isTruthyText,
  renderDeep,
  type Scope,
  scopeOf,
  type Template,
} from "@capstan/expression";
import type { Input, InputType, JsonMap, JsonValue } from "@capstan/model";
import { MASK } from "../execution/masking.ts";
import { coerce, type Coercion, isNothing, plain, shown } from "./coerce.ts";
import { coerceRecords } from "./coerce-records.ts";
import { createNestedValues, givenFor, type NestedValues, undeclaredNames } from "./nested-values.ts";
import { holdsSecrets } from "./secret-inputs.ts";
import { broken } from "./validate.ts";

export interface InputContext {
  /** What defaults, conditions and expressions of choices see besides `inputs`. */
  readonly scope: Scope;
  readonly environment: Environment;
  /** Compiles expressions; give a cache where inputs are resolved often. */
  readonly compile?: (source: string) => Template;
  /** Who gives the values. Values from people may name stored files only; flows may name files of the server as well. */
  readonly source: "api" | "trigger" | "subflow" | "resume";
  /** Whether a required input may be missing: then `inputs` does not have it, and an expression that reads it fails. */
  readonly mayMiss?: boolean;
}

export interface ResolvedInputs {
  /** What `inputs` shows: ids nested by their dots, absent optional inputs as null, inputs switched off left out. */
  readonly values: JsonMap;
  /** Names that were given without being declared; they are dropped. */
  readonly undeclared: readonly string[];
  /** Inputs of type SECRET, and lists of those, that have a value, to be encrypted and masked. */
  readonly secretIds: readonly string[];
}

export interface InputViolation {
  readonly id: string;
  readonly message: string;
}

export interface RefusedInputs {
  readonly violations: readonly InputViolation[];
  /** What the other inputs would show. */
  readonly values: JsonMap;
}

/**
 * Checks and completes the values given for the inputs of a flow, or of a Pause that is resumed. Inputs are resolved in the
 * order of their dependencies. Passes a `Suspension` through: await it and call again.
 */
export function resolveInputs(
  inputs: readonly Input[],
  given: Readonly<Record<string, unknown>>,
  context: InputContext,
): ResolvedInputs | RefusedInputs {
  const resolution: Resolution = {
    context,
    given,
    nested: createNestedValues(),
    unusable: new Set(),
    secretIds: [],
    violations: [],
  };
  const declared = inputs.map(completed);
  for (const input of inDependencyOrder(declared)) resolve(input, resolution);
  const ids = declared.map((input) => input.id);
  const values = inDeclaredOrder(ids, resolution.nested);
  if (resolution.violations.length > 0) return { violations: resolution.violations, values };
  return { values, undeclared: undeclaredNames(ids, given), secretIds: resolution.secretIds };
}

/** One text for all violations, as the API shows them. */
export function describeViolations(violations: readonly InputViolation[]): string {
  return violations.map(({ id, message }) => `${id}: ${message}`).join(", ");
}

export function invalidInput(id: string, reason: string, received: unknown): string {
  const butReceived = `but received \`${shown(received)}\``;
  return `Invalid input for \`${id}\`, ${reason.endsWith(butReceived) ? reason : `${reason}, ${butReceived}`}`;
}

const MISSING = "missing required input";

const OLDER_TYPES: ReadonlyMap<string, InputType> = new Map([
  ["BOOLEAN", "BOOL"],
  ["ENUM", "SELECT"],
]);

/** Inputs of a Pause reach the engine as they were written: with older names, and without what goes without saying. */
function completed(input: Input): Input {
  const { name } = input as { readonly name?: string };
  const type = OLDER_TYPES.get(input.type) ?? input.type;
  const { properties, columns } = input;
  return {
    ...input,
    id: input.id ?? name ?? "",
    type,
    required: input.required ?? true,
    ...(properties === undefined ? {} : { properties: properties.map(completed) }),
    ...(columns === undefined ? {} : { columns: columns.map(completed) }),
  };
}

interface Resolution {
  readonly context: InputContext;
  readonly given: Readonly<Record<string, unknown>>;
  readonly nested: NestedValues;
  /** Inputs that are switched off or invalid; what depends on them is left out. */
  readonly unusable: Set<string>;
  readonly secretIds: string[];
  readonly violations: InputViolation[];
}

/** Why an input has no value, with the value that is to blame. */
class Refusal {
  readonly reason: string;
  readonly received: unknown;
  constructor(reason: string, received: unknown) {
    this.reason = reason;
    this.received = received;
  }
}

function resolve(input: Input, resolution: Resolution): void {
  try {
    if (!isSwitchedOn(input, resolution)) {
      resolution.unusable.add(input.id);
      return;
    }
    const value = valueOf(input, resolution);
    resolution.nested.set(input.id, value);
    if (holdsSecrets(input) && value !== null) resolution.secretIds.push(input.id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    resolution.unusable.add(input.id);
    if (error.reason === MISSING && resolution.context.mayMiss === true) return;
    const received = holdsSecrets(input) && error.received !== null ? MASK : error.received;
    resolution.violations.push({ id: input.id, message: invalidInput(input.id, error.reason, received) });
  }
}

function isSwitchedOn({ dependsOn }: Input, resolution: Resolution): boolean {
  if (dependsOn === undefined) return true;
  if (dependsOn.inputs.some((id) => resolution.unusable.has(id))) return false;
  if (dependsOn.condition === undefined) return true;
  return isTruthyText(render(dependsOn.condition, "its condition can't be evaluated", resolution));
}

function valueOf(input: Input, resolution: Resolution): JsonValue {
  const choices = choicesOf(input, resolution);
  const own = whatIsThere(givenFor(input.id, resolution.given), input);
  const given = own ?? whatIsThere(defaultOf(input, choices, resolution), input);
  if (given === undefined) {
    if (input.required) throw new Refusal(MISSING, null);
    return null;
  }
  // A default is written by who wrote the flow, whoever starts it.
  const source = own === undefined ? "trigger" : resolution.context.source;
  const coercion = coercionOf(input, { ...resolution.context, source });
  const isRecord = input.type === "OBJECT" || input.type === "TABLE";
  const coerced = isRecord ? coerceRecords(input, given, coercion) : coerce(given, coercion);
  // What is wrong with a secret must not show it.
  const refusal = input.type === "ARRAY" && holdsSecrets(input) ? "it must be a list" : undefined;
  const reason = "reason" in coerced ? (refusal ?? coerced.reason) : broken(input, coerced.value, choices);
  if (reason !== undefined || "reason" in coerced) throw new Refusal(reason!, plain(given));
  return coerced.value;
}

/** A field of a form that was left empty, and a variable that was rendered to nothing, are absent. */
function whatIsThere(value: unknown, { type }: Input): unknown {
  return value === null || isNothing(value, type) ? undefined : value;
}

function coercionOf(input: Input, { source, environment }: InputContext): Coercion {
  const isFromPerson = source === "api" || source === "resume";
  const fileSchemes = isFromPerson ? ["kestra", "nsfile"] : ["kestra", "nsfile", "file"];
  return { type: input.type, itemType: input.itemType, fileSchemes, environment };
}

function defaultOf(input: Input, choices: readonly string[] | undefined, resolution: Resolution): unknown {
  if (input.defaults !== undefined && input.defaults !== null) {
    return render(input.defaults, "its default can't be rendered", resolution);
  }
  const first = input.autoSelectFirst === true ? choices?.[0] : undefined;
  return input.type === "MULTISELECT" && first !== undefined ? [first] : first;
}

function choicesOf(input: Input, resolution: Resolution): readonly string[] | undefined {
  if (input.expression === undefined) return input.values;
  // A list prints as JSON, so that a list and a text that holds one are read alike.
  const rendered = render(input.expression, "its expression can't be evaluated", resolution);
  const list = coerce(rendered, { ...coercionOf(input, resolution.context), type: "ARRAY", itemType: "STRING" });
  if ("reason" in list) throw new Refusal("its expression must give a list", rendered);
  return list.value as readonly string[];
}

/** Renders texts at every depth, with the inputs resolved so far. */
function render(value: JsonValue, failure: string, { context, nested }: Resolution): unknown {
  try {
    const scope = scopeOf({ inputs: nested.map }, context.scope);
    const { environment, compile: compileCached = compile } = context;
    if (typeof value === "string") return compileCached(value).render(scope, environment);
    return renderDeep(value, scope, environment, compileCached);
  } catch (error) {
    if (error instanceof ExpressionError) throw new Refusal(`${failure}: ${error.message}`, value);
    throw error;
  }
}

/** Each input after those it depends on; a cycle, which the checker refuses, is left in the written order. */
function inDependencyOrder(inputs: readonly Input[]): readonly Input[] {
  if (inputs.every((input) => input.dependsOn === undefined)) return inputs;
  const byId = new Map(inputs.map((input) => [input.id, input]));
  const ordered = new Set<Input>();
  const entered = new Set<Input>();
  const visit = (input: Input): void => {
    if (entered.has(input)) return;
    entered.add(input);
    for (const id of input.dependsOn?.inputs ?? []) {
      const dependency = byId.get(id);
      if (dependency !== undefined) visit(dependency);
    }
    ordered.add(input);
  };
  for (const input of inputs) visit(input);
  return [...ordered];
}

function inDeclaredOrder(ids: readonly string[], resolved: NestedValues): JsonMap {
  const values = createNestedValues();
  for (const id of ids) {
    const value = givenFor(id, resolved.map);
    if (value !== undefined) values.set(id, value as JsonValue);
  }
  return { ...values.map };
}
