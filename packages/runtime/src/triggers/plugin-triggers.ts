import { evaluateDeep, scopeOf, settle, type Environment } from "@capstan/expression";
import type { Catalogue, JsonMap, Trigger } from "@capstan/model";
import {
  resolveProperties,
  type PollingContext,
  type Services,
  type TaskLogger,
  type TriggerDefinition,
} from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { TriggerCall } from "../scheduler/scheduler-parts.ts";
import { triggerScope } from "../scheduler/trigger-scope.ts";
import { propertyRenderer } from "../worker/evaluation.ts";
import { executionFiles } from "../worker/execution-files.ts";

export interface PluginTriggerParts {
  readonly store: Store;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
  readonly services: (tenant: string) => Services;
}

/** Asks a polling trigger once; answers the variables of the execution it wants started, or nothing. */
export async function poll(parts: PluginTriggerParts, call: TriggerCall): Promise<JsonMap | undefined> {
  const { definition, context } = await prepare(parts, call);
  const event = await definition.poll?.(context as never);
  return event?.variables as JsonMap | undefined;
}

/** Runs a realtime trigger until its signal aborts; each event is awaited, so that a trigger can acknowledge it. */
export async function listen(
  parts: PluginTriggerParts,
  call: TriggerCall,
  emit: (variables: JsonMap) => Promise<void>,
): Promise<void> {
  const { definition, context } = await prepare(parts, call);
  const realtime = {
    ...context,
    emit: (event: { variables: Record<string, unknown> }) => emit(event.variables as JsonMap),
  };
  await definition.listen?.(realtime as never);
}

/** What a trigger of a plugin is given: its rendered properties, and the platform as its flow may use it. */
async function prepare(parts: PluginTriggerParts, call: TriggerCall) {
  const { key, flow, trigger, signal } = call;
  const definition = parts.catalogue.find(trigger.type) as TriggerDefinition;
  const { tenant, namespace, id: flowId } = key;
  const environment = parts.environment(tenant, namespace, flowId);
  const scope = triggerScope(key, flow, {}, environment, parts.globals);
  const resolved = await settle(environment, (settling) =>
    resolveProperties(definition.properties, trigger.properties, propertyRenderer(scope, settling)),
  );
  if ("error" in resolved) throw new Error(resolved.error);
  const owner = { tenant, namespace, flowId, executionId: "", taskId: trigger.id, taskRunId: "" };
  const context: PollingContext<unknown> = {
    tenant,
    namespace,
    flowId,
    triggerId: trigger.id,
    properties: resolved.properties,
    log: triggerLog(parts, call, trigger),
    now: () => parts.clock.now(),
    signal,
    files: executionFiles(parts.storage, owner),
    services: parts.services(tenant),
    render: async (source, extra) => String(await rendered(source, extra)),
    evaluate: (value, extra) => rendered(value, extra),
  };
  const rendered = (value: unknown, extra?: Record<string, unknown>) =>
    settle(environment, (settling) => evaluateDeep(value, scopeOf(extra ?? {}, scope), settling));
  return { definition, context };
}

/** Lines of a trigger go to the log of its flow. */
function triggerLog({ store, clock, logger }: PluginTriggerParts, { key }: TriggerCall, trigger: Trigger): TaskLogger {
  const write = (level: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR") => (message: string) => {
    const { tenant, namespace, id: flowId } = key;
    const lines = [{ time: clock.now(), level, message }];
    void store
      .commit({ logs: [{ tenant, namespace, flowId, triggerId: trigger.id, lines }] })
      .catch((error: unknown) => logger.error({ err: error }, "a line of a trigger can't be written"));
  };
  return {
    trace: write("TRACE"),
    debug: write("DEBUG"),
    info: write("INFO"),
    warn: write("WARN"),
    error: write("ERROR"),
  };
}
