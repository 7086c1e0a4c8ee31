import { webhookInputs } from "@capstan/engine";
import { type Catalogue, type JsonMap, sampleOf, type Trigger } from "@capstan/model";
import type { ExecutionRow, FlowKey, TriggerKey } from "@capstan/store";
import type { Creation } from "../executor/creation.ts";
import type { FlowRegistry } from "../executor/flows.ts";
import { requestFor } from "../scheduler/fire-run.ts";
import type { Schedules } from "../scheduler/schedule-step.ts";
import type { ScheduledFlow, SchedulerParts } from "../scheduler/scheduler-parts.ts";
import { RequestError } from "../errors.ts";
import { WEBHOOK_TYPE } from "./webhooks.ts";
import { writtenTrigger } from "./written-trigger.ts";

/** Marks an execution that nothing but a try started. */
const TEST_LABEL = { key: "system.test", value: "true" };

export interface TestFireParts {
  readonly catalogue: Catalogue;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly scheduler: SchedulerParts;
  readonly schedules: Schedules;
}

/**
 * Starts an execution as the trigger would, by an event that is given, or a sample of its kind: a schedule's last date, and for others values
 * of the types of their outputs, beside what is given. The trigger itself knows nothing of it: its state, its lock and its position stay, and
 * conditions aren't asked. Throws `RequestError` (404 for a flow or a trigger that there is not, 422 for a schedule that can't be read).
 */
export async function testFire(parts: TestFireParts, key: TriggerKey, given: JsonMap): Promise<ExecutionRow> {
  const { tenant, namespace, flowId } = key;
  const { flowKey, compiled, trigger } = await writtenTrigger(parts.flows, key);
  const flow: ScheduledFlow = { flow: compiled.plan.flow, revision: compiled.row.revision, compiled };
  const variables = { ...(await sampleEvent(parts, flowKey, flow, trigger)), ...given };
  const kind = parts.scheduler.kindOf(trigger.type);
  const executionId = parts.scheduler.newId();
  const request = await requestFor(parts.scheduler, { key, kind }, { flow, trigger }, { variables }, executionId);
  const { inputs, labels, failure } = request;
  const filled =
    trigger.type === WEBHOOK_TYPE ? { ...inputs, ...webhookInputs(flow.flow.inputs, inputs, variables) } : inputs;
  return parts.creation.create({
    tenant,
    namespace,
    flowId,
    id: executionId,
    inputs: filled,
    labels: [...labels, TEST_LABEL],
    trigger: { id: trigger.id, type: trigger.type, variables },
    from: "trigger",
    compiled,
    ...(failure === undefined ? {} : { failure }),
  });
}

async function sampleEvent(
  { catalogue, schedules, scheduler }: TestFireParts,
  key: FlowKey,
  flow: ScheduledFlow,
  trigger: Trigger,
): Promise<JsonMap> {
  if (scheduler.kindOf(trigger.type) !== "schedule") {
    const outputs = catalogue.find(trigger.type)?.outputs;
    return outputs === undefined ? {} : sampleOf(outputs);
  }
  const sample = await schedules.sample({ key, flow, trigger });
  if ("mistake" in sample)
    throw new RequestError("trigger-unreadable", `the schedule can't be read: ${sample.mistake}`);
  return sample.variables;
}
