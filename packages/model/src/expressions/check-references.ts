import type { Reference } from "@capstan/expression";
import { type CheckContext, guessHint, nameHint } from "../checks/context.ts";
import { shapeOf } from "../checks/schema-shape.ts";
import type { Severity } from "../diagnostic.ts";
import { checkOutputFile } from "./check-output-file.ts";
import { hasFreeVariables, ROOT_VARIABLES } from "./known-variables.ts";
import type { InputNames, Knowledge } from "./knowledge.ts";
import { isLooped, whyNotYet } from "./placement.ts";
import { reportAt, type Scan } from "./scan.ts";

/** Checks what the expressions of a text read: variables, inputs, tasks and their outputs. */
export function checkReferences(context: CheckContext, scan: Scan, knowledge: Knowledge): void {
  const { site, analysis } = scan;
  const subtractions = analysis.references.flatMap((reference) => dashOf(scan, reference, knowledge) ?? []);
  for (const { reference, kind, remedy, end } of subtractions) {
    const stretch = { offset: reference.offset, length: end - reference.offset };
    reportAt(context, scan, "dash-reference", stretch, {}, kind, remedy);
  }
  for (const reference of analysis.references) {
    const isPartOfDash = subtractions.some(
      ({ reference: first, end }) => reference.offset >= first.offset && reference.offset < end,
    );
    if (isPartOfDash) continue;
    const [root] = reference.path;
    if (typeof root !== "string") continue;
    if (!ROOT_VARIABLES.has(root)) {
      const isFree = site.task !== undefined && hasFreeVariables(site.task.task.type, site.property);
      if (!isFree && !reference.guarded && site.scope !== "foreign") {
        const hint = () => rootHint(root, knowledge);
        reportAt(context, scan, "unknown-variable", { offset: reference.offset, length: root.length }, { hint }, root);
      }
    } else if (site.scope !== "foreign") checkKnownRoot(context, scan, knowledge, root, reference);
  }
}

function checkKnownRoot(
  context: CheckContext,
  scan: Scan,
  knowledge: Knowledge,
  root: string,
  reference: Reference,
): void {
  switch (root) {
    case "inputs":
      return checkInput(context, scan, knowledge, reference);
    case "outputs":
      return checkOutput(context, scan, knowledge, reference);
    case "tasks":
      return checkTaskName(context, scan, knowledge, reference);
    case "vars":
      return checkVariable(context, scan, knowledge, reference);
    default:
  }
}

/** Where a mistake is not certain to be met, it is told and not refused. */
function severityOf({ site }: Scan, { guarded }: Reference): Severity | undefined {
  return guarded || !site.certain || site.scope === "later" ? "warning" : undefined;
}

function rootHint(root: string, { tasks, inputIds, variables }: Knowledge): string | undefined {
  if (inputIds.includes(root)) return `write inputs.${root}`;
  if (tasks.has(root)) return `write outputs.${root}`;
  if (variables.has(root)) return `write vars.${root}`;
  return guessHint(root, ROOT_VARIABLES);
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
      const id = walked.join(".");
      const hint = () => (inputIds.length === 0 ? "declare it under `inputs`" : nameHint(id, inputIds));
      reportAt(context, scan, "unknown-input", reference, { hint, severity: severityOf(scan, reference) }, id);
      return;
    }
    names = next;
  }
}

function checkTaskName(context: CheckContext, scan: Scan, { tasks }: Knowledge, reference: Reference): void {
  const id = reference.path[1];
  if (typeof id !== "string" || tasks.has(id)) return;
  reportAt(
    context,
    scan,
    "unknown-task",
    reference,
    { hint: () => nameHint(id, tasks.keys()), severity: severityOf(scan, reference) },
    id,
  );
}

function checkOutput(context: CheckContext, scan: Scan, knowledge: Knowledge, reference: Reference): void {
  const [, id, output] = reference.path;
  const { site } = scan;
  if (typeof id !== "string" || site.scope === "trigger") return;
  const known = knowledge.tasks.get(id);
  if (known === undefined) return checkTaskName(context, scan, knowledge, reference);
  const { placement, isGenerated } = known;
  if (
    site.scope === "task" &&
    site.placement !== undefined &&
    !reference.guarded &&
    !(isGenerated && placement === site.placement)
  ) {
    const reason = whyNotYet(site.placement, placement);
    if (reason !== undefined) {
      reportAt(context, scan, "outputs-not-yet", reference, { severity: severityOf(scan, reference) }, id, reason);
      return;
    }
  }
  if (isGenerated || isLooped(placement)) return;
  const { definition, task } = placement.checked;
  if (typeof output !== "string") return;
  if (definition?.outputs !== undefined) {
    const shape = shapeOf(definition.outputs);
    if (shape.kind === "object" && !shape.open && !Object.hasOwn(shape.properties, output)) {
      const hint = () => outputHint(output, Object.keys(shape.properties));
      reportAt(context, scan, "unknown-output", reference, { hint }, id, task.type, output);
      return;
    }
  }
  if (output === "outputFiles") checkOutputFile(context, scan, placement, reference);
}

function outputHint(output: string, names: readonly string[]): string | undefined {
  return names.length === 0 ? "this type has no outputs" : nameHint(output, names);
}

function checkVariable(
  context: CheckContext,
  scan: Scan,
  { variables, openVariables }: Knowledge,
  reference: Reference,
): void {
  const name = reference.path[1];
  if (typeof name !== "string" || openVariables || reference.guarded || variables.has(name)) return;
  reportAt(context, scan, "undeclared-variable", reference, { hint: () => guessHint(name, variables) }, name);
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
  const names = root === "inputs" ? inputIds : root === "vars" ? [...variables] : [...tasks.keys()];
  if (root !== "inputs" && root !== "vars" && root !== "outputs" && root !== "tasks") return undefined;
  const end = reference.offset + reference.length;
  const rest = /^(?:-\w+)+/.exec(text.slice(end, end + 200))?.[0];
  if (rest === undefined || !/[.]\s*\w+$/.test(text.slice(reference.offset, end))) return undefined;
  const name = second + rest;
  if (!names.includes(name)) return undefined;
  const kind = root === "inputs" ? "input" : root === "vars" ? "variable" : "output";
  return { reference, kind, remedy: `${root}['${name}']`, end: end + rest.length };
}
