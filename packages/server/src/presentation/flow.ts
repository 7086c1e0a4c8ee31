import {
  APPROVAL,
  formatDuration,
  type CheckedFlow,
  type Flow,
  type Input,
  type JsonValue,
  type Retry,
  type Sla,
  type Task,
  type Trigger,
  instantText,
} from "@capstan/model";
import type { FlowRow } from "@capstan/store";
import { presentFlowControl } from "./flow-control.ts";
import { UNWRITTEN, type WrittenParts, writtenParts } from "./written-parts.ts";

/**
 * A flow as the API shows it. One that can't be read is shown with its source and the reason, so that an editor can
 * open it.
 */
export function presentFlow(row: FlowRow, checked: CheckedFlow, withSource: boolean): object {
  const { flow, diagnostics } = checked;
  const stored = {
    id: row.id,
    namespace: row.namespace,
    tenantId: row.tenant,
    revision: row.revision,
    updated: instantText(row.updatedAt),
    deleted: row.deleted,
    draft: false,
  };
  if (flow === undefined) {
    const exception = diagnostics.find(({ severity }) => severity === "error")?.message ?? "The flow can't be read";
    return { ...stored, disabled: row.disabled, tasks: [], exception, source: row.source };
  }
  return {
    ...definition(flow, writtenParts(checked.written())),
    ...stored,
    disabled: row.disabled,
    ...(withSource && { source: row.source }),
  };
}

function definition(flow: Flow, written: WrittenParts): object {
  const show = (task: Task) => presentTask(task, written);
  return {
    description: flow.description,
    labels: filled(presentLabels(flow.labels)),
    inputs: filled(flow.inputs.map(presentInput)),
    outputs: filled(flow.outputs),
    variables: filled(flow.variables),
    tasks: flow.tasks.map(show),
    errors: filled(flow.errors.map(show)),
    finally: filled(flow.finally.map(show)),
    afterExecution: filled(flow.afterExecution.map(show)),
    listeners: written.flow("listeners"),
    triggers: filled(flow.triggers.map((trigger) => ({ ...written.trigger(trigger.id), ...presentTrigger(trigger) }))),
    pluginDefaults: written.flow("pluginDefaults") ?? written.flow("taskDefaults"),
    ...presentFlowControl(flow),
    retry: flow.retry && presentRetry(flow.retry),
    sla: filled(flow.sla.map(presentSla)),
    checks: filled(flow.checks),
    workerGroup: flow.workerGroup,
  };
}

/**
 * A task as it is written: common properties, those of its type, its lists of tasks in their places. Where the text is not
 * known, without what does not matter for running it, and with the defaults of its type.
 */
export function presentTask(task: Task, written: WrittenParts = UNWRITTEN): Record<string, unknown> {
  const own = written.task(task);
  if (own !== undefined) return { ...own, id: task.id, ...lists(task, written) };
  return {
    id: task.id,
    type: task.writtenType,
    ...task.properties,
    ...lists(task, written),
    disabled: task.disabled || undefined,
    runIf: task.runIf,
    timeout: task.timeout,
    retry: task.retry && presentRetry(task.retry),
    allowFailure: task.allowFailure || undefined,
    allowWarning: task.allowWarning || undefined,
    logLevel: task.logLevel,
    logToFile: task.logToFile || undefined,
    workerGroup: task.workerGroup,
  };
}

function lists(task: Task, written: WrittenParts): object {
  const shown: Record<string, unknown> = {};
  const cases: Record<string, unknown> = {};
  for (const [name, tasks] of Object.entries(task.lists)) {
    const list = tasks.map((child) => presentTask(child, written));
    if (name.startsWith("cases.")) cases[name.slice("cases.".length)] = list;
    else if (name === "tasks" && task.dependsOn !== undefined)
      shown["tasks"] = tasks.map((child, index) => ({
        task: list[index],
        dependsOn: filled(task.dependsOn?.[child.id] ?? []),
      }));
    else if (name === "onPause") shown[name] = list[0];
    else if (list.length > 0) shown[name] = list;
  }
  return Object.keys(cases).length > 0 ? { ...shown, cases } : shown;
}

export function presentTrigger(trigger: Trigger): object {
  return {
    id: trigger.id,
    type: trigger.writtenType,
    description: trigger.description,
    ...trigger.properties,
    disabled: trigger.disabled || undefined,
    conditions: filled(trigger.conditions.map(({ type, properties }) => ({ type, ...properties }))),
    when: trigger.when,
    labels: filled(presentLabels(trigger.labels)),
    inputs: trigger.inputs,
    stopAfter: filled(trigger.stopAfter),
  };
}

/** An input under the name of its type that the author wrote. */
export function presentInput({ type: _type, writtenType, ...input }: Input): { id: string; type: string } {
  return { ...input, type: writtenType };
}

function presentSla(sla: Sla): object {
  if (sla.type !== "MAX_DURATION") return sla;
  const { durationMs, ...rest } = sla;
  return { ...rest, duration: formatDuration(durationMs) };
}

/** A flow as who runs it may see it: what it asks for, and ids and types of what it does. */
export function presentForExecution(row: FlowRow, { flow }: CheckedFlow): object {
  const stored = {
    id: row.id,
    namespace: row.namespace,
    revision: row.revision,
    disabled: row.disabled,
    deleted: row.deleted,
    draft: false,
  };
  if (flow === undefined) return { ...stored, tasks: [] };
  return {
    ...stored,
    description: flow.description,
    labels: filled(presentLabels(flow.labels)),
    inputs: filled(flow.inputs.map(presentInput)),
    outputs: filled(flow.outputs.map(({ id, type }) => ({ id, type }))),
    tasks: flow.tasks.map(presentOutline),
    errors: filled(flow.errors.map(presentOutline)),
    finally: filled(flow.finally.map(presentOutline)),
    afterExecution: filled(flow.afterExecution.map(presentOutline)),
    triggers: filled(flow.triggers.map(({ id, writtenType }) => ({ id, type: writtenType }))),
  };
}

function presentOutline({ id, type, writtenType, lists, properties }: Task): object {
  const { namespace, flowId, onResume, decisions, commentRequired } = properties;
  const isApproval = type === APPROVAL;
  const children = Object.values(lists).flat();
  return {
    id,
    type: writtenType,
    tasks: filled(children.map(presentOutline)),
    inputs: isApproval ? properties["inputs"] : onResume,
    ...(isApproval && { decisions, commentRequired }),
    subflowId: typeof namespace === "string" && typeof flowId === "string" ? { namespace, flowId } : undefined,
  };
}

function presentRetry(retry: Retry): Record<string, JsonValue | undefined> {
  const limits = {
    type: retry.type,
    maxAttempts: retry.maxAttempts,
    maxDuration: retry.maxDurationMs === undefined ? undefined : formatDuration(retry.maxDurationMs),
    warningOnRetry: retry.warningOnRetry || undefined,
    behavior: retry.behavior,
  };
  switch (retry.type) {
    case "constant":
      return { ...limits, interval: formatDuration(retry.intervalMs) };
    case "exponential":
      return {
        ...limits,
        interval: formatDuration(retry.intervalMs),
        maxInterval: formatDuration(retry.maxIntervalMs),
        delayFactor: retry.delayFactor,
      };
    case "random":
      return {
        ...limits,
        minInterval: formatDuration(retry.minIntervalMs),
        maxInterval: formatDuration(retry.maxIntervalMs),
      };
    default:
      return retry satisfies never;
  }
}

/** A list, whichever way they were written: generated clients before 2.0 read nothing else. */
function presentLabels(labels: Readonly<Record<string, string>>): readonly { key: string; value: string }[] {
  return Object.entries(labels).map(([key, value]) => ({ key, value }));
}

/** Undefined for an empty list or map, which JSON then leaves out. */
function filled<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
