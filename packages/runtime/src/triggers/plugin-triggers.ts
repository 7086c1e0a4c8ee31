import type { JsonMap } from "@capstan/model";
import type { LogLine, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { TriggerCall } from "../scheduler/scheduler-parts.ts";
import { triggerRoots } from "../scheduler/trigger-scope.ts";
import type { TriggerIdentity, TriggerJob } from "../worker/worker.ts";

/** What a worker needs to ask a polling trigger, or to run a realtime one. */
export function triggerJob(call: TriggerCall, globals: Readonly<Record<string, unknown>>): TriggerJob {
  const { key, flow, trigger, executionId, position } = call;
  const { tenant, namespace, id: flowId } = key;
  return {
    key: `${tenant}/${executionId}/${trigger.id}`,
    identity: { tenant, namespace, flowId, triggerId: trigger.id, executionId },
    trigger,
    variables: triggerRoots(key, flow, {}, globals) as JsonMap,
    inputs: flow.flow.inputs,
    ...(position === undefined ? {} : { position }),
  };
}

/** Writes lines of triggers to the logs of their flows. */
export function createTriggerLog(store: Store, logger: Logger) {
  return (
    { tenant, namespace, flowId, triggerId }: TriggerIdentity,
    lines: readonly LogLine[],
    settled?: () => void,
  ) => {
    const written = store.commit({ logs: [{ tenant, namespace, flowId, triggerId, lines }] });
    const failed = (error: unknown) => logger.error({ err: error }, "lines of a trigger can't be written");
    void written.catch(failed).finally(settled);
  };
}
