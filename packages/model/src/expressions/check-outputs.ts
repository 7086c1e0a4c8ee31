import type { Reference } from "@capstan/expression";
import { type CheckContext, nameHint } from "../checks/context.ts";
import { shapeOf } from "../checks/schema-shape.ts";
import { checkOutputFile } from "./check-output-file.ts";
import type { Knowledge } from "./knowledge.ts";
import { type Absence, hasValue, type TaskPlacement, valueDepth, whyNotAtEnd, whyNotYet } from "./placement.ts";
import { certainty, reportAt, reportUnknown, type Scan } from "./scan.ts";

/** `outputs.x…`: the task exists, has run, and has such an output. */
export function checkOutput(context: CheckContext, scan: Scan, knowledge: Knowledge, reference: Reference): void {
  const id = reference.path[1];
  if (typeof id !== "string") return;
  const known = knowledge.tasks.get(id);
  if (known === undefined) return checkTaskName(context, scan, knowledge, reference, id);
  const { placement, isGenerated } = known;
  if (!(isGenerated && placement === scan.site.placement)) {
    const absence = absenceOf(scan, placement, reference);
    if (absence !== undefined) return reportAbsence(context, scan, reference, "outputs", id, absence);
  }
  if (!isGenerated) checkOutputName(context, scan, placement, reference);
}

/** `tasks.x.state`: the task exists, and has begun. */
export function checkState(context: CheckContext, scan: Scan, knowledge: Knowledge, reference: Reference): void {
  const id = reference.path[1];
  if (typeof id !== "string") return;
  const known = knowledge.tasks.get(id);
  if (known === undefined) return checkTaskName(context, scan, knowledge, reference, id);
  if (known.isGenerated || known.placement === scan.site.placement) return;
  const absence = absenceOf(scan, known.placement, reference);
  if (absence !== undefined) reportAbsence(context, scan, reference, "state", id, absence);
}

function checkTaskName(
  context: CheckContext,
  scan: Scan,
  { tasks }: Knowledge,
  reference: Reference,
  id: string,
): void {
  const name = { written: id, known: tasks.keys(), hint: () => nameHint(id, tasks.keys()) };
  reportUnknown(context, scan, "unknown-task", reference, name, id);
}

function absenceOf(scan: Scan, target: TaskPlacement, reference: Reference): Absence | undefined {
  const { site } = scan;
  if (reference.guarded) return undefined;
  if (site.scope === "start" || site.scope === "trigger") return { reason: "no task has run yet", isRace: false };
  if (site.scope === "end") return whyNotAtEnd(target);
  if (site.scope !== "task" || site.placement === undefined) return undefined;
  return whyNotYet(site.placement, target, readsOwnIteration(scan, target, reference));
}

/** Whether the outputs of a task in the same loop are read with the value of the reader's own iteration. */
function readsOwnIteration({ text, site }: Scan, target: TaskPlacement, { offset, length }: Reference): boolean {
  const isInOneLoop =
    site.placement?.parent !== undefined && target.parent === site.placement.parent && hasValue(site.placement);
  return isInOneLoop && /^[^[]*(?:\['[^']*'\])?\[\s*taskrun\.value\s*\]/.test(text.slice(offset, offset + length));
}

function reportAbsence(
  context: CheckContext,
  scan: Scan,
  reference: Reference,
  what: string,
  id: string,
  { reason, isRace, hint }: Absence,
): void {
  const code = isRace ? "outputs-unordered" : "outputs-not-yet";
  reportAt(context, scan, code, reference, { hint, severity: certainty(scan) }, what, id, reason);
}

/** The names of outputs that a type has; undefined when they can't be known. */
function outputNames({ checked }: TaskPlacement): readonly string[] | undefined {
  if (checked.definition?.outputs === undefined) return undefined;
  const shape = shapeOf(checked.definition.outputs);
  return shape.kind === "object" && !shape.open ? Object.keys(shape.properties) : undefined;
}

function checkOutputName(context: CheckContext, scan: Scan, target: TaskPlacement, reference: Reference): void {
  const names = outputNames(target);
  const depth = valueDepth(target);
  if (depth === undefined) return;
  const { id, type } = target.checked.task;
  const keys = reference.path.slice(2);
  if (depth > 0 && !reference.guarded) {
    const reason = misplacedKey(keys.slice(0, depth), names ?? []);
    if (reason !== undefined) {
      const hint = `write outputs${keyed(id)}${valueKeys(scan, target, depth)}`;
      return reportAt(context, scan, "loop-output", reference, { hint, severity: certainty(scan) }, id, reason);
    }
  }
  const output = keys[depth];
  if (names !== undefined) {
    const isAbsent = output === undefined && depth === 0 && names.length === 0;
    if (isAbsent || (typeof output === "string" && !names.includes(output))) {
      const written = output ?? "";
      const hint = () => (names.length === 0 ? hintForNone(target) : nameHint(written, names));
      return reportUnknown(
        context,
        scan,
        "unknown-output",
        reference,
        { written, known: names, hint },
        id,
        type,
        written,
      );
    }
  }
  if (output === "outputFiles") checkOutputFile(context, scan, target, reference, reference.path[3 + depth]);
}

function hintForNone({ checked }: TaskPlacement): string {
  const [child] = Object.values(checked.task.lists).flat();
  return child === undefined ? "this type has no outputs" : `read those of its tasks: outputs${keyed(child.id)}`;
}

/** What is wrong with the keys that should be values of the loops around a task. */
function misplacedKey(keys: Reference["path"], names: readonly string[]): string | undefined {
  const key = keys.find((one) => typeof one === "number" || (typeof one === "string" && names.includes(one)));
  if (key === undefined || key === null) return undefined;
  return typeof key === "number"
    ? `the values are text, so that ${key} is none`
    : `"${key}" stands where a value belongs`;
}

function valueKeys({ site }: Scan, target: TaskPlacement, depth: number): string {
  const isSibling = site.placement !== undefined && target.parent === site.placement.parent && hasValue(site.placement);
  return isSibling && depth === 1 ? "[taskrun.value]" : "['<value>']".repeat(depth);
}

function keyed(id: string): string {
  return /^[A-Za-z_]\w*$/.test(id) ? `.${id}` : `['${id}']`;
}
