import { asStarted, webhookInputs, webhookVariables } from "@capstan/engine";
import { type Environment, renderDeep, scopeOf, settle } from "@capstan/expression";
import type { Flow, JsonMap, Trigger } from "@capstan/model";
import type { ExecutionRow, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Clock } from "../clock.ts";
import type { CompiledFlow, FlowRegistry } from "../executor/flows.ts";
import { RequestError } from "../errors.ts";
import type { ExecutionService, TriggerService, WebhookCall, WebhookStart } from "../services.ts";
import type { Evaluations } from "./evaluations.ts";
import { hasKey, inputsOf, labelsOf, refusalOf, statusOf } from "./webhook-expressions.ts";
import { triggerNotFound, writtenTrigger } from "./written-trigger.ts";
import { readSigned, shownHeaders } from "./webhook-signature.ts";

export const WEBHOOK_TYPE = "io.kestra.plugin.core.trigger.Webhook";

export interface WebhookParts {
  readonly store: Store;
  readonly flows: FlowRegistry;
  readonly executions: ExecutionService;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
  readonly evaluations: Evaluations;
}

/** Webhooks, and what people do with triggers. */
export type Webhooks = Omit<TriggerService, "explain" | "testFire">;

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { store, flows, clock } = parts;
  const switches = createSwitches(store);
  const change = async (key: TriggerKey, edit: (row: TriggerRow) => TriggerRow): Promise<TriggerRow> => {
    const row = (await store.triggers.get(key)) ?? (await newRow(flows, key, clock.now()));
    const edited = { ...edit(row), updatedAt: clock.now() };
    await store.commit({ triggers: [edited] });
    switches.changed(edited);
    return edited;
  };
  return {
    webhook: (call) => webhook(parts, switches, call),
    webhookStart: (tenant, executionId, startId) => earlierStart(parts, tenant, executionId, startId),
    search: (filter, page) => store.triggers.search(filter, page),
    setDisabled: (key, disabled) => change(key, (row) => ({ ...row, disabled })),
    unlock: (key) => change(key, ({ executionId: _executionId, ...row }) => row),
    restart: (key) => change(key, ({ executionId: _executionId, nextDate: _nextDate, ...row }) => row),
    setBackfill: (key, backfill) =>
      change(key, ({ backfill: _backfill, ...row }) => (backfill === undefined ? row : { ...row, backfill })),
    forget: async (key) => {
      const row = await store.triggers.get(key);
      if (row === undefined) throw triggerNotFound(key);
      if (row.executionId !== undefined) throw triggerLocked(key);
      await store.commit({ removedTriggers: [key] });
      switches.changed({ ...key, disabled: false });
    },
  };
}

export function triggerLocked({ namespace, flowId, triggerId }: TriggerKey): RequestError {
  const message = `a running execution locks the trigger ${triggerId} of ${namespace}.${flowId}: wait for its end, or unlock it first`;
  return new RequestError("trigger-locked", message);
}

/** Which webhooks people have switched off. */
interface Switches {
  isOff(key: TriggerKey): boolean | Promise<boolean>;
  changed(row: TriggerKey & Pick<TriggerRow, "disabled">): void;
}

/** The row of a webhook is read at its first call; this process alone changes it, so that the others need no read. */
function createSwitches(store: Store): Switches {
  const known = new Map<string, boolean>();
  const nameOf = ({ tenant, namespace, flowId, triggerId }: TriggerKey) =>
    `${tenant}/${namespace}/${flowId}/${triggerId}`;
  const read = async (key: TriggerKey): Promise<boolean> => {
    const row = await store.triggers.get(key);
    const name = nameOf(key);
    // It may have been changed meanwhile.
    if (!known.has(name)) known.set(name, row?.disabled === true);
    return known.get(name)!;
  };
  return {
    isOff: (key) => known.get(nameOf(key)) ?? read(key),
    changed: (row) => void known.set(nameOf(row), row.disabled),
  };
}

async function webhook(parts: WebhookParts, switches: Switches, call: WebhookCall): Promise<WebhookStart> {
  const { tenant, namespace, flowId } = call;
  const key = { tenant, namespace, id: flowId };
  const compiled = parts.flows.cached(key) ?? (await parts.flows.compiled(key));
  const { flow } = compiled.plan;
  const environment = parts.environment(tenant, namespace, flowId);
  const roots = rootsOf(parts, compiled);
  const trigger = await findTrigger(flow, call.key, roots, environment);
  if (trigger === undefined) throw new RequestError("webhook-not-found", "no webhook of this flow has this key");
  if (flow.disabled || trigger.disabled)
    throw new RequestError(
      "webhook-disabled",
      `the webhook ${trigger.id} of ${namespace}.${flowId} is disabled: enable ${trigger.disabled ? "it" : "the flow"} to call it`,
    );
  const isOff = switches.isOff({ tenant, namespace, flowId, triggerId: trigger.id });
  if (typeof isOff === "boolean" ? isOff : await isOff)
    throw new RequestError(
      "webhook-disabled",
      `the webhook ${trigger.id} of ${namespace}.${flowId} was switched off: enable the trigger to call it`,
    );
  const { parameters } = call;
  const content = await notingRefusal(parts, { ...call, triggerId: trigger.id }, () =>
    readSigned(trigger, call, { roots, environment, now: parts.clock.now() }),
  );
  const variables = webhookVariables({ ...content, headers: shownHeaders(trigger, call.headers), parameters });
  const scoped = { ...roots, trigger: variables };
  const refused = await refusalOf(trigger, flow, scoped, environment);
  if (refused !== undefined) {
    parts.evaluations.note({ tenant, namespace, flowId, triggerId: trigger.id }, { at: parts.clock.now(), ...refused });
    // Who calls is told no values: they may be somebody else's.
    if (refused.outcome === "failed") throw new RequestError("webhook-conditions", refused.text);
    throw new RequestError("webhook-conditions", `the conditions of the webhook ${trigger.id} do not hold`);
  }
  const set = await inputsToSet(parts, call, trigger, { flow, scoped, environment });
  const labels = await labelsOf(trigger, scoped, environment);
  const row = await notingRefusal(parts, { ...call, triggerId: trigger.id }, () =>
    parts.executions.create({
      tenant,
      namespace,
      flowId,
      inputs: { ...set, ...webhookInputs(flow.inputs, set, variables) },
      labels,
      trigger: { id: trigger.id, type: trigger.type, variables },
      from: "trigger",
      requestKey: call.requestKey,
      ...(content?.executionId !== undefined && { id: content.executionId }),
    }),
  );
  return startOf(parts, row, trigger, () => rendered(trigger.properties["responseCode"], scoped, environment));
}

/** Who calls is not told why they can't be rendered: what they read may be somebody else's. */
async function inputsToSet(
  { evaluations, clock }: WebhookParts,
  { tenant, namespace, flowId }: WebhookCall,
  trigger: Trigger,
  seen: { readonly flow: Flow; readonly scoped: Readonly<Record<string, unknown>>; readonly environment: Environment },
): Promise<JsonMap | undefined> {
  const result = await inputsOf(trigger, seen.flow, seen.scoped, seen.environment);
  if ("set" in result) return result.set;
  const text = `its inputs can't be rendered: ${result.failure}`;
  evaluations.note({ tenant, namespace, flowId, triggerId: trigger.id }, { at: clock.now(), outcome: "failed", text });
  throw new RequestError("inputs-invalid", `the inputs of the webhook ${trigger.id} can't be rendered`);
}

/** Made again of the revision that was started and of what the call brought. */
async function earlierStart(
  parts: WebhookParts,
  tenant: string,
  executionId: string,
  startId: string | undefined,
): Promise<WebhookStart | undefined> {
  const found = (await parts.executions.get(tenant, executionId))?.row;
  if (found === undefined) return undefined;
  const row = await rowOfStart(parts.store, found, startId);
  const { namespace, flowId, flowRevision, trigger: cause } = row;
  const compiled = await parts.flows.compiled({ tenant, namespace, id: flowId }, flowRevision);
  const trigger = compiled.plan.flow.triggers.find(({ id }) => id === cause?.id);
  if (trigger === undefined) return { row, wait: false, returnOutputs: false };
  const scoped = { ...rootsOf(parts, compiled), trigger: cause?.variables };
  const environment = parts.environment(tenant, namespace, flowId);
  return startOf(parts, row, trigger, () => rendered(trigger.properties["responseCode"], scoped, environment));
}

/** Whoever made one of several starts is told nothing of the others. */
async function rowOfStart(store: Store, row: ExecutionRow, startId = row.id): Promise<ExecutionRow> {
  if (row.batch === undefined && startId === row.id) return row;
  const added = (await store.addedStarts.of([row])).map(({ item }) => item);
  const item = [...(row.batch?.items ?? []), ...added].find(({ id }) => id === startId);
  return asStarted(row, item ?? { inputs: {} });
}

function rootsOf({ globals }: WebhookParts, { row, plan: { flow } }: CompiledFlow): Record<string, unknown> {
  return {
    ...globals,
    flow: { id: flow.id, namespace: flow.namespace, revision: row.revision },
    vars: flow.variables,
  };
}

/** `codeAtStart` gives the status for who does not wait; an expression of one who does reads what the execution put out. */
function startOf(
  { executions, evaluations, clock }: WebhookParts,
  row: ExecutionRow,
  { id: triggerId, properties }: Trigger,
  codeAtStart: () => Promise<unknown>,
): WebhookStart {
  const { tenant, namespace, flowId, id } = row;
  const { wait, returnOutputs, responseContentType, responseCode } = properties;
  const codeAtEnd = () => executions.evaluate(tenant, id, undefined, String(responseCode));
  const status = async () => {
    const code = await statusOf(wait === true ? codeAtEnd : codeAtStart);
    const text = `its responseCode renders to no status from 200 to 599: ${id}, which it started, is answered as without`;
    if (code === undefined)
      evaluations.note({ tenant, namespace, flowId, triggerId }, { at: clock.now(), outcome: "failed", text });
    return code;
  };
  return {
    row,
    wait: wait === true,
    returnOutputs: returnOutputs === true,
    ...(typeof responseContentType === "string" ? { responseContentType } : {}),
    ...(responseCode === undefined ? {} : { responseCode: status }),
  };
}

/** Who calls a webhook is told why no execution was created; whoever looks at the trigger later is told as well. */
async function notingRefusal<Result>(
  { evaluations, clock }: WebhookParts,
  { tenant, namespace, flowId, triggerId }: TriggerKey,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequestError) {
      const evaluation = { at: clock.now(), outcome: "refused", text: error.message } as const;
      evaluations.note({ tenant, namespace, flowId, triggerId }, evaluation);
    }
    throw error;
  }
}

async function findTrigger(
  flow: Flow,
  given: string,
  roots: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<Trigger | undefined> {
  for (const trigger of flow.triggers)
    if (trigger.type === WEBHOOK_TYPE && (await hasKey(trigger, given, roots, environment))) return trigger;
  return undefined;
}

function rendered(
  value: unknown,
  roots: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<unknown> {
  return settle(environment, (settling) => renderDeep(value, scopeOf(roots), settling));
}

async function newRow(flows: FlowRegistry, key: TriggerKey, now: number): Promise<TriggerRow> {
  const { trigger } = await writtenTrigger(flows, key);
  return { ...key, type: trigger.type, disabled: trigger.disabled, updatedAt: now };
}
