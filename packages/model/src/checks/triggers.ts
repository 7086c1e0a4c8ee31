import type { TypeDefinition } from "../catalogue.ts";
import type { MapNode, SourceNode } from "../document/source-node.ts";
import { isAbsent, plain, textOf } from "../document/source-node.ts";
import type { Trigger } from "../flow.ts";
import { jsonMap, without } from "../json-value.ts";
import { TRIGGER_COMMON } from "../schemas/common.ts";
import { checkMap } from "./check-schema.ts";
import { reportLater } from "./later-properties.ts";
import { checkConditions } from "./conditions.ts";
import { type CheckContext, type Finding, nameOf, type Path, report } from "./context.ts";
import { cronProblem, dayThatNeverComes } from "./cron.ts";
import { found } from "./schema-issues.ts";
import { defined } from "./defined.ts";
import { resolveType } from "./element-type.ts";
import { checkId } from "./identifiers.ts";
import { checkLabels } from "./labels.ts";
import { checkTimeZone } from "./time-zone.ts";

export interface CheckedTrigger {
  readonly trigger: Trigger;
  readonly node: MapNode;
  readonly path: Path;
  readonly definition: TypeDefinition | undefined;
}

export const SCHEDULE = "io.kestra.plugin.core.trigger.Schedule";
export const WEBHOOK = "io.kestra.plugin.core.trigger.Webhook";
export const FLOW_TRIGGER = "io.kestra.plugin.core.trigger.Flow";

const MULTIPLE = "io.kestra.plugin.core.condition.MultipleCondition";

const COMMON_NAMES = Object.keys(TRIGGER_COMMON.shape);
const WEBHOOK_KEY_LENGTH = 256;

/** Reads the triggers of a flow. */
export function checkTriggers(context: CheckContext, node: SourceNode | undefined, path: Path): CheckedTrigger[] {
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item, index) => checkTrigger(context, item, [...path, index]) ?? []);
}

function checkTrigger(context: CheckContext, node: SourceNode, path: Path): CheckedTrigger | undefined {
  if (node.kind !== "map") {
    report(context, "wrong-type", { place: node, path }, nameOf(path), "a map with id and type", found(node));
    return undefined;
  }
  const id = checkId(context, node, "id", path, "taskId");
  const type = resolveType(context, node, path, "trigger");
  const { read, written } = checkMap(context, TRIGGER_COMMON, node, path, {
    name: "trigger",
    also: node.entries.keys(),
  });
  reportLater(context, node, path, ["workerGroup", "workerSelector"]);
  const { workerGroup } = read;
  const definition = type?.definition;
  const properties =
    definition === undefined
      ? without(plain(node), COMMON_NAMES)
      : checkMap(context, definition.properties, node, path, { name: definition.type, also: COMMON_NAMES }).written;
  const conditionsKey = isAbsent(node.entries.get("conditions")?.value) ? "scheduleConditions" : "conditions";
  const conditions = checkConditions(context, node.entries.get(conditionsKey)?.value, [...path, conditionsKey]);
  delete properties["conditions"];
  const trigger: Trigger = {
    id,
    type: type?.name ?? "",
    writtenType: type?.written ?? "",
    known: definition !== undefined,
    disabled: read.disabled ?? false,
    conditions,
    labels: checkLabels(context, node.entries.get("labels")?.value, [...path, "labels"]),
    stopAfter: read.stopAfter ?? [],
    failOnTriggerError: read.failOnTriggerError ?? false,
    allowConcurrent: read.allowConcurrent ?? false,
    ...defined({
      description: read.description,
      when: read.when,
      inputs: jsonMap(written["inputs"]),
      logLevel: read.logLevel,
      workerGroup: workerGroup === undefined ? undefined : defined(workerGroup),
    }),
    properties,
  };
  checkTriggerRules(context, trigger, node, path);
  return { trigger, node, path, definition };
}

/** A date that never comes is only doubtful: some write one for a schedule that nothing but backfills start. */
function checkCron(context: CheckContext, cron: string, withSeconds: boolean, place: Finding): void {
  const problem = cronProblem(cron, withSeconds);
  if (problem !== undefined) return report(context, "invalid-cron", place, cron, problem);
  const day = dayThatNeverComes(cron);
  if (day !== undefined)
    report(
      context,
      "schedule-without-date",
      { ...place, hint: "set `disabled: true` if that is meant" },
      cron,
      `${day}`,
    );
}

function checkTriggerRules(context: CheckContext, trigger: Trigger, node: MapNode, path: Path): void {
  const at = (key: string) => ({ place: node.entries.get(key)?.value ?? node, path: [...path, key] });
  if (trigger.type === SCHEDULE) {
    const cron = textOf(node.entries.get("cron")?.value);
    if (cron !== undefined) checkCron(context, cron, trigger.properties["withSeconds"] === true, at("cron"));
    const timezone = node.entries.get("timezone")?.value;
    if (timezone !== undefined) checkTimeZone(context, timezone, [...path, "timezone"]);
    if (node.entries.has("backfill"))
      report(
        context,
        "ignored-property",
        { ...at("backfill"), place: node.entries.get("backfill")!.keyPlace },
        "backfill",
        "start a backfill through the API",
      );
  }
  const key = textOf(node.entries.get("key")?.value);
  if (trigger.type === WEBHOOK && (key?.length ?? 0) > WEBHOOK_KEY_LENGTH)
    report(context, "invalid-value", at("key"), "key", `must have at most ${WEBHOOK_KEY_LENGTH} characters`);
  if (trigger.type === WEBHOOK && trigger.conditions.some(({ type }) => type === MULTIPLE))
    report(context, "invalid-value", at("conditions"), "conditions", "of a webhook can't hold a MultipleCondition");
}
