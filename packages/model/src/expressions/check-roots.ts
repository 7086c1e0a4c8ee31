import type { Reference } from "@capstan/expression";
import { type CheckContext, nameHint } from "../checks/context.ts";
import { BATCH_FIELDS, BATCH_ITEM_FIELDS, ITEM_FIELDS } from "./known-variables.ts";
import { fieldsOf, type Knowledge } from "./knowledge.ts";
import { hasItem, hasValue, isIsolatedLoop, valueExpression } from "./placement.ts";
import { certainty, reportAt, reportUnknown, type Scan } from "./scan.ts";

/** A field of a root whose content is always the same. */
export function checkField(
  context: CheckContext,
  scan: Scan,
  root: string,
  reference: Reference,
  known: readonly string[],
): void {
  const field = reference.path[1];
  if (typeof field !== "string" || known.includes(field)) return;
  const name = { written: field, known, hint: () => nameHint(field, known) };
  reportUnknown(context, scan, "unknown-field", reference, name, root, field);
}

/** `taskrun` and its like exist inside tasks only, a value only inside loops. Answers whether something was told. */
export function checkTaskRoot(context: CheckContext, scan: Scan, root: string, reference: Reference): boolean {
  const { site } = scan;
  if (site.scope === "later" || reference.guarded) return false;
  if (site.task === undefined) {
    const finding = { severity: certainty(scan) };
    reportAt(context, scan, "variable-not-here", reference, finding, root, "it belongs to a task");
    return true;
  }
  const isValue = root === "taskrun" && reference.path[1] === "value";
  if (!isValue || site.placement === undefined || hasValue(site.placement)) return false;
  const instead = valueExpression(site.placement);
  const hint = instead === undefined ? undefined : `write ${instead}`;
  const reason = "only a task directly inside a loop has one";
  reportAt(context, scan, "variable-not-here", reference, { hint, severity: certainty(scan) }, "taskrun.value", reason);
  return true;
}

/** Properties of a Loop that look at an iteration. */
const LOOKING = new Set(["outputs", "breakWhen"]);

/** `item` exists inside a Loop, and where the Loop says what is seen of its iterations. */
export function checkItem(context: CheckContext, scan: Scan, reference: Reference): void {
  const { scope, certain, placement, property } = scan.site;
  // A task that nobody knows may have items of its own.
  if (scope === "later" || !certain) return;
  if (placement !== undefined && (hasItem(placement) || (isIsolatedLoop(placement) && LOOKING.has(property))))
    return checkField(context, scan, "item", reference, ITEM_FIELDS);
  if (reference.guarded) return;
  const instead =
    placement !== undefined && hasValue(placement) ? "taskrun.value" : placement && valueExpression(placement);
  const hint = instead === undefined ? undefined : `the value of this loop is ${instead}`;
  reportAt(context, scan, "variable-not-here", reference, { hint }, "item", "it belongs to the iterations of a Loop");
}

/** `batch` exists in flows that have one, from when the execution runs. */
export function checkBatchRoot(context: CheckContext, scan: Scan, hasBatch: boolean, reference: Reference): void {
  const { scope } = scan.site;
  if (!hasBatch || scope === "start" || scope === "trigger") {
    if (reference.guarded || (hasBatch && scope === "later")) return;
    const reason = hasBatch ? "its starts are known when it runs" : "the flow has no `batch`";
    reportAt(context, scan, "variable-not-here", reference, { severity: certainty(scan) }, "batch", reason);
    return;
  }
  checkField(context, scan, "batch", reference, BATCH_FIELDS);
  const [, list, position, field] = reference.path;
  if (list !== "items" || typeof position === "string" || typeof field !== "string") return;
  if (BATCH_ITEM_FIELDS.includes(field)) return;
  const name = { written: field, known: BATCH_ITEM_FIELDS, hint: () => nameHint(field, BATCH_ITEM_FIELDS) };
  reportUnknown(context, scan, "unknown-field", reference, name, "batch.items", field);
}

const CONTEXT_REMEDY =
  "it belongs to a later version of the language: let each trigger say who it is, in its `labels` or `inputs`";

/** What started the execution: one of the flow's triggers, or the task of another flow. */
export function checkTrigger(context: CheckContext, scan: Scan, knowledge: Knowledge, reference: Reference): void {
  const { trigger } = scan.site;
  const known = trigger === undefined ? knowledge.triggerFields : fieldsOf(trigger);
  const field = reference.path[1];
  if (known === undefined || typeof field !== "string" || known.includes(field)) return;
  const hint = () => (field === "_context" ? CONTEXT_REMEDY : nameHint(field, known));
  const name = { written: field, known, hint };
  reportUnknown(context, scan, "unknown-trigger-variable", reference, name, field);
}
