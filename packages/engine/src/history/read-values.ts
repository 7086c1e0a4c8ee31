import { analyse, readReference, type Memo, type ReadValue, type Scope } from "@capstan/expression";
import type { Input } from "@capstan/model";
import { createMasking, MASK, type Masking } from "../execution/masking.ts";
import type { LiveExecution, LiveRun } from "../execution/live.ts";
import { scopeFor } from "../execution/scope.ts";
import { secretsOf } from "../execution/secrets.ts";
import { holdsSecrets } from "../inputs/secret-inputs.ts";
import { type Plan, type PlanNode, referencesOf } from "../plan.ts";
import type { Turn } from "../turn.ts";

/** Values that are told of one expression. */
export const VALUES_MAX = 10;
/** Characters of a value that is told. */
export const VALUE_CHARACTERS_MAX = 100;
/** Longer texts are told by their length. */
const TEXT_CHARACTERS_MAX = 10_000;

/** What must not be told. */
export interface Hiding {
  readonly masking: Masking;
  /** Whether something may be secret because of where it stands. */
  readonly isSecret: (path: readonly string[]) => boolean;
}

/** What an expression of a task run names and what stands there, once it was rendered. */
export function valuesRead(
  { execution, context }: Turn,
  run: LiveRun,
  source: string,
): Readonly<Record<string, string>> {
  return readValues(source, scopeFor(execution, run, context.globals), hidingOf(execution, run.memo));
}

/**
 * What an expression names and what stood there, for people to read: without secrets, and no more than a line can hold. Roots that
 * `isKnown` denies are left out.
 */
export function readValues(
  source: string,
  scope: Scope,
  hiding: Hiding,
  isKnown: (root: string) => boolean = () => true,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const seen = new Set<string>();
  for (const reference of analyse(source).references) {
    if (seen.size === VALUES_MAX) break;
    const read = isKnown(String(reference.path[0])) ? readReference(reference, scope) : undefined;
    if (read === undefined || seen.has(read.path)) continue;
    seen.add(read.path);
    values[read.path] = shown(read, hiding);
  }
  return values;
}

function shown({ path, kind, text }: ReadValue, { masking, isSecret }: Hiding): string {
  if (kind === "size") return text;
  if (isSecret(path.split("."))) return MASK;
  if (text.length > TEXT_CHARACTERS_MAX) return `a text of ${text.length} characters`;
  const masked = masking.mask(text);
  const cut = masked.length > VALUE_CHARACTERS_MAX ? `${masked.slice(0, VALUE_CHARACTERS_MAX)}…` : masked;
  return kind === "text" ? JSON.stringify(cut) : cut;
}

/** What must not be told of an execution; `memo` has what functions answered. */
export function hidingOf(execution: LiveExecution, memo?: Memo): Hiding {
  const { plan } = execution;
  const inputs = secretInputs(plan.flow.inputs);
  return {
    masking: maskingOf(secretsOf(execution), memo),
    isSecret: ([root, ...path]) => {
      if (root === "inputs") return inputs.has(path.join("."));
      if (root === "trigger") return isHeader(path);
      const node = root === "outputs" || root === "tasks" ? plan.nodes.get(path[0] ?? "") : undefined;
      return node !== undefined && mayHoldSecrets(plan, node, inputs);
    },
  };
}

/** What must not be told where there is no execution yet, but a flow with these inputs. */
export function hidingOfFlow(inputs: readonly Input[], memo?: Memo): Hiding {
  const secret = secretInputs(inputs);
  return {
    masking: maskingOf(secretDefaults(inputs), memo),
    isSecret: ([root, ...path]) =>
      root === "inputs" ? secret.has(path.join(".")) : root === "trigger" && isHeader(path),
  };
}

/** What `inputs` shows before anybody gave any. */
function secretDefaults(inputs: readonly Input[]): readonly string[] {
  return inputs.filter(holdsSecrets).flatMap(({ defaults }) => {
    const values: readonly unknown[] = Array.isArray(defaults) ? defaults : [defaults];
    return values.filter((value) => typeof value === "string");
  });
}

function maskingOf(secrets: readonly string[], memo: Memo | undefined): Masking {
  const masking = createMasking(secrets);
  for (const [call, outcome] of memo?.outcomes ?? [])
    if (call.startsWith("secret ") && "value" in outcome) masking.add(String(outcome.value));
  return masking;
}

/** Who calls a webhook may authenticate by a header. */
function isHeader([name]: readonly string[]): boolean {
  return name === "headers";
}

function secretInputs(inputs: readonly Input[]): ReadonlySet<string> {
  return new Set(inputs.filter(holdsSecrets).map(({ id }) => id));
}

/** Whether a task reads a secret, or what another one that does puts out: its outputs may tell it. */
function mayHoldSecrets(plan: Plan, node: PlanNode, inputs: ReadonlySet<string>, seen = new Set<PlanNode>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  const text = JSON.stringify(node.task.properties);
  if (/\bsecret\s*\(/.test(text) || [...inputs].some((id) => text.includes(id))) return true;
  const children = Object.values(node.lists).flat();
  const read = [...referencesOf(node).outputs].flatMap((id) => plan.nodes.get(id) ?? []);
  return [...children, ...read].some((other) => mayHoldSecrets(plan, other, inputs, seen));
}
