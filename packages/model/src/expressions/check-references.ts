import type { Reference } from "@capstan/expression";
import { type CheckContext, guessHint, nameHint } from "../checks/context.ts";
import { checkFilePath } from "./check-output-file.ts";
import { checkOutput, checkState } from "./check-outputs.ts";
import { checkBatchRoot, checkField, checkItem, checkTaskRoot, checkTrigger } from "./check-roots.ts";
import { hasFreeVariables, ROOT_FIELDS, ROOT_VARIABLES, TASK_ROOTS } from "./known-variables.ts";
import type { InputNames, Knowledge } from "./knowledge.ts";
import { reportAt, reportUnknown, type Scan } from "./scan.ts";
import { isOfVariable } from "./sites.ts";

/** Checks what the expressions of a text read: variables, inputs, tasks and their outputs. */
export function checkReferences(context: CheckContext, scan: Scan, knowledge: Knowledge): void {
  const { site } = scan;
  const subtractions = scan.references
    .flatMap((reference) => dashOf(scan, reference, knowledge) ?? [])
    .toSorted((left, right) => left.reference.offset - right.reference.offset);
  for (const { reference, kind, remedy, end } of subtractions) {
    const stretch = { offset: reference.offset, length: end - reference.offset };
    reportAt(context, scan, "dash-reference", stretch, {}, kind, remedy);
  }
  let dashEnd = 0;
  let dash = 0;
  for (const reference of scan.references.toSorted((left, right) => left.offset - right.offset)) {
    for (; (subtractions[dash]?.reference.offset ?? Number.POSITIVE_INFINITY) <= reference.offset; dash += 1)
      dashEnd = subtractions[dash]!.end;
    // The names behind the first minus are part of what was meant as one name.
    if (reference.offset < dashEnd) continue;
    const [root] = reference.path;
    if (typeof root !== "string") continue;
    if (!ROOT_VARIABLES.has(root)) {
      const isFree = site.task !== undefined && hasFreeVariables(site.task.task.type, site.property);
      if (!isFree && !reference.guarded && site.scope !== "foreign" && !isRaise(scan, reference)) {
        const hint = () => rootHint(root, knowledge);
        reportAt(context, scan, "unknown-variable", { offset: reference.offset, length: root.length }, { hint }, root);
      }
    } else if (site.scope !== "foreign") checkKnownRoot(context, scan, knowledge, root, reference);
  }
}

/** `… ?? raise`: how flows say that the text fails where nothing is there, by the name of a variable that never is. */
function isRaise({ text }: Scan, { path, offset }: Reference): boolean {
  return path.length === 1 && path[0] === "raise" && text.slice(0, offset).trimEnd().endsWith("??");
}

function checkKnownRoot(
  context: CheckContext,
  scan: Scan,
  knowledge: Knowledge,
  root: string,
  reference: Reference,
): void {
  if (TASK_ROOTS.has(root) && checkTaskRoot(context, scan, root, reference)) return;
  if (Object.hasOwn(ROOT_FIELDS, root)) return checkField(context, scan, root, reference, ROOT_FIELDS[root]!);
  switch (root) {
    case "inputs":
      return checkInput(context, scan, knowledge, reference);
    case "outputs":
      return checkOutput(context, scan, knowledge, reference);
    case "tasks":
      return checkState(context, scan, knowledge, reference);
    case "vars":
      return checkVariable(context, scan, knowledge, reference);
    case "trigger":
      return checkTrigger(context, scan, knowledge, reference);
    case "item":
      return checkItem(context, scan, reference);
    case "batch":
      return checkBatchRoot(context, scan, knowledge.hasBatch, reference);
    case "labels":
      return checkLabel(context, scan, knowledge, reference);
    case "outputFiles":
      return checkFilePath(context, scan, reference);
    default:
  }
}

/** What authors look for under a name that no variable has. */
const ROOT_REMEDIES: Readonly<Record<string, string>> = {
  namespace: "write flow.namespace for its name, kv('KEY') for values that its flows share",
  kv: "it is a function: write kv('KEY')",
  secret: "it is a function: write secret('NAME')",
  secrets: "it is a function: write secret('NAME')",
  variables: "write vars.…",
};

function rootHint(root: string, { tasks, inputIds, variables }: Knowledge): string | undefined {
  if (inputIds.includes(root)) return `write inputs.${root}`;
  if (tasks.has(root)) return `write outputs.${root}`;
  if (variables.has(root)) return `write vars.${root}`;
  return Object.hasOwn(ROOT_REMEDIES, root) ? ROOT_REMEDIES[root] : guessHint(root, ROOT_VARIABLES);
}

function checkInput(context: CheckContext, scan: Scan, { inputs, inputIds }: Knowledge, reference: Reference): void {
  let names: InputNames = inputs;
  const walked: string[] = [];
  for (const segment of reference.path.slice(1)) {
    if (segment === null || (names.isInput && names.children.size === 0)) return;
    walked.push(String(segment));
    const next = names.children.get(String(segment));
    if (next === undefined) {
      // A value of this name may itself be a map.
      if (names.isInput) return;
      const written = walked.join(".");
      const hint = () => (inputIds.length === 0 ? "declare it under `inputs`" : nameHint(written, inputIds));
      reportUnknown(context, scan, "unknown-input", reference, { written, known: inputIds, hint }, written);
      return;
    }
    names = next;
  }
}

function checkVariable(context: CheckContext, scan: Scan, knowledge: Knowledge, reference: Reference): void {
  const { variables, openVariables, templates } = knowledge;
  const name = reference.path[1];
  if (typeof name !== "string") return;
  if (templates.has(name) && !scan.text.includes("render") && !isOfVariable(scan.site))
    reportAt(context, scan, "unrendered-variable", reference, {}, name);
  if (openVariables || variables.has(name)) return;
  const hint = () => guessHint(name, variables);
  reportUnknown(context, scan, "undeclared-variable", reference, { written: name, known: variables, hint }, name);
}

/** An execution may be started with any label, so that only what looks like a misspelling is told. */
function checkLabel(context: CheckContext, scan: Scan, { labels }: Knowledge, reference: Reference): void {
  const name = reference.path[1];
  if (typeof name !== "string" || name === "system" || labels.size === 0) return;
  if (labels.has(name) || [...labels].some((label) => label.startsWith(`${name}.`))) return;
  const hint = guessHint(name, labels);
  if (hint !== undefined) reportAt(context, scan, "undeclared-label", reference, { hint }, name);
}

interface Dash {
  readonly reference: Reference;
  readonly kind: string;
  readonly remedy: string;
  readonly end: number;
}

/** `inputs.my-id` is read as `inputs.my - id`: found when `my-id` exists. */
function dashOf({ text }: Scan, reference: Reference, { tasks, inputIds, variables }: Knowledge): Dash | undefined {
  const [root, second] = reference.path;
  if (typeof second !== "string" || reference.path.length !== 2) return undefined;
  if (root !== "inputs" && root !== "vars" && root !== "outputs" && root !== "tasks") return undefined;
  const end = reference.offset + reference.length;
  const rest = /^(?:-\w+)+/.exec(text.slice(end, end + 200))?.[0];
  if (rest === undefined || !/[.]\s*\w+$/.test(text.slice(reference.offset, end))) return undefined;
  const name = second + rest;
  const isKnown = root === "inputs" ? inputIds.includes(name) : root === "vars" ? variables.has(name) : tasks.has(name);
  if (!isKnown) return undefined;
  const kind = root === "inputs" ? "input" : root === "vars" ? "variable" : "output";
  return { reference, kind, remedy: `${root}['${name}']`, end: end + rest.length };
}
