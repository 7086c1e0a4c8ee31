import { compilePlan, type ExecutionRow, type Plan, type Reveal } from "@capstan/engine";
import { checkFlow, type Catalogue, type CheckedFlow, type Diagnostic, type Flow } from "@capstan/model";
import type { FlowKey, FlowRow, Store } from "@capstan/store";
import type { Clock } from "../clock.ts";
import { RequestError } from "../errors.ts";
import { commitFor, type HeldKey, type KeptResult } from "../idempotency/held-key.ts";
import type { FlowService, SavedFlow } from "../services.ts";
import { createCheckedForms } from "./checked-forms.ts";
import { type CompiledFlow, createPlanCache } from "./plan-cache.ts";

export type { CompiledFlow } from "./plan-cache.ts";

export interface FlowRegistry extends FlowService {
  /** The plan of a revision, or of the latest. Throws `RequestError` (404 missing, 422 no longer valid). */
  compiled(key: FlowKey, revision?: number): Promise<CompiledFlow>;
  /**
   * The latest plan for whoever needs it now and may not need it soon again: it stays in memory from the second time on. Plans of
   * many flows of which each is used once would only be carried along until they are old.
   */
  compiledOnce(key: FlowKey): Promise<CompiledFlow>;
  /** The latest plan if it is in memory. */
  cached(key: FlowKey): CompiledFlow | undefined;
}

export interface FlowListener {
  changed(row: FlowRow, flow: Flow | undefined): void;
}

/** `reveal` reads the encrypted texts of executions. */
export function createFlows(
  store: Store,
  catalogue: Catalogue,
  clock: Clock,
  listener: FlowListener,
  reveal?: Reveal,
): FlowRegistry {
  const plans = createPlanCache();
  const remember = ({ row: { checked: _checked, ...row }, plan }: CompiledFlow, isLatest: boolean) => {
    const compiled = { row, plan };
    plans.put(compiled, { isLatest });
    return compiled;
  };
  const forms = createCheckedForms(catalogue);
  const compile = (row: FlowRow): CompiledFlow => ({
    row,
    plan: compilePlan(forms.read(row.checked) ?? checkedFlow(row, catalogue), row.revision, reveal),
  });
  const put = async (row: FlowRow, flow: Flow | undefined, requestKey?: HeldKey) => {
    await commitFor(requestKey, store, { flows: [row] }, resultOf(row));
    plans.forgetLatest(row);
    if (flow !== undefined && !row.deleted) remember({ row, plan: compilePlan(flow, row.revision, reveal) }, true);
    listener.changed(row, row.deleted ? undefined : flow);
  };
  const registry: FlowRegistry = {
    check: (source) => checkFlow(source, catalogue),
    save: async (tenant, source, options = {}) => {
      const checked = options.checked ?? checkFlow(source, catalogue);
      const { flow, diagnostics } = checked;
      if (flow === undefined) throw invalid(diagnostics);
      if (options.key !== undefined) await refuseOther(store, { tenant, ...options.key }, flow, options.mode);
      const key = { tenant, namespace: flow.namespace, id: flow.id };
      const before = await store.flows.get(key, { includeDeleted: true });
      const isNew = before === undefined || before.deleted;
      refuseMode(options.mode ?? "apply", key, !isNew);
      if (!isNew && before.source === source) return unchanged(before, checked, options.requestKey);
      const row = flowRowOf(tenant, flow, source, (before?.revision ?? 0) + 1, clock.now());
      if (options.dryRun !== true) await put({ ...row, checked: forms.write(flow) }, flow, options.requestKey);
      return { row, changed: true, isNew, checked };
    },
    get: (key, revision) => store.flows.get(key, revision === undefined ? {} : { revision }),
    checked: async (key, revision) => {
      const row = await stored(store, key, revision);
      return { row, checked: checkFlow(row.source, catalogue, { lenient: true }) };
    },
    delete: async (key) => {
      const row = await store.flows.get(key);
      if (row === undefined) return false;
      await put({ ...row, revision: row.revision + 1, deleted: true, updatedAt: clock.now() }, undefined);
      return true;
    },
    setDisabled: async (key, disabled) => {
      const source = withDisabled((await stored(store, key)).source, disabled);
      return (await registry.save(key.tenant, source, { mode: "update" })).row;
    },
    compiled: async (key, revision) => {
      const known = plans.get(key, revision);
      if (known !== undefined) return known;
      const row = await stored(store, key, revision);
      return remember(plans.get(key, row.revision) ?? compile(row), revision === undefined);
    },
    compiledOnce: async (key) => {
      const known = plans.get(key);
      if (known !== undefined) return known;
      return plans.isWantedAgain(key) ? registry.compiled(key) : compile(await stored(store, key));
    },
    cached: (key) => plans.get(key),
  };
  return registry;
}

/** The plan of an execution, or of another revision of its flow. Throws `RequestError` (404 missing, 422 no longer valid). */
export async function planFor(
  flows: Pick<FlowRegistry, "compiled">,
  { tenant, namespace, flowId, flowRevision }: ExecutionRow,
  revision = flowRevision,
): Promise<Plan> {
  return (await flows.compiled({ tenant, namespace, id: flowId }, revision)).plan;
}

async function unchanged(row: FlowRow, checked: CheckedFlow, requestKey: HeldKey | undefined): Promise<SavedFlow> {
  await requestKey?.keep(resultOf(row));
  return { row, changed: false, isNew: false, checked };
}

function resultOf({ namespace, id, revision }: FlowRow): KeptResult {
  return { flow: [namespace, id, revision] };
}

/** Throws `RequestError` (404). */
async function stored(store: Store, key: FlowKey, revision?: number): Promise<FlowRow> {
  const row = await store.flows.get(key, revision === undefined ? {} : { revision });
  if (row === undefined) throw notFound(key, revision);
  return row;
}

/** A stored flow is read as leniently as it can be: it was accepted once. */
function checkedFlow({ source }: FlowRow, catalogue: Catalogue): Flow {
  const checked = checkFlow(source, catalogue, { lenient: true });
  if (checked.flow === undefined) throw invalid(checked.diagnostics);
  return checked.flow;
}

/** The row of a checked flow. `now` is in epoch milliseconds. */
export function flowRowOf(tenant: string, flow: Flow, source: string, revision: number, now: number): FlowRow {
  return {
    tenant,
    namespace: flow.namespace,
    id: flow.id,
    revision,
    source,
    deleted: false,
    disabled: flow.disabled,
    ...(flow.description === undefined ? {} : { description: flow.description }),
    labels: flow.labels,
    triggers: flow.triggers.map(({ id, type }) => ({ id, type })),
    updatedAt: now,
  };
}

function invalid(diagnostics: readonly Diagnostic[]): RequestError {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const problems = errors.map(({ range: { start }, code, message, hint }) => {
    const remedy = hint === undefined ? "" : ` — ${hint}`;
    return `${start.line}:${start.column} ${code} ${message}${remedy}`;
  });
  return new RequestError("flow-invalid", `Invalid Flow: ${errors.map(({ message }) => message).join(", ")}`, problems);
}

function notFound({ namespace, id }: { namespace: string; id: string }, revision?: number): RequestError {
  const which = revision === undefined ? "" : `revision ${revision} of `;
  return new RequestError("flow-not-found", `there is no ${which}flow ${namespace}.${id}`);
}

function refuseMode(mode: "create" | "update" | "apply", key: FlowKey, exists: boolean): void {
  if (mode === "create" && exists)
    throw new RequestError("flow-exists", `the flow ${key.namespace}.${key.id} exists already: update it instead`);
  if (mode === "update" && !exists) throw notFound(key);
}

/** Who updates what is not there learns that first, whatever it is called in the source. */
async function refuseOther(store: Store, key: FlowKey, flow: Flow, mode: string | undefined): Promise<void> {
  if (mode === "update" && (await store.flows.get(key)) === undefined) throw notFound(key);
  const idProblem = `flow.id: Illegal flow id update: the address says ${key.id}, the source ${flow.id}`;
  const namespaceProblem = `flow.namespace: Illegal namespace update: the address says ${key.namespace}, the source ${flow.namespace}`;
  const isMoved = flow.namespace !== key.namespace;
  if (flow.id !== key.id)
    throw new RequestError("flow-id-changed", idProblem, isMoved ? [idProblem, namespaceProblem] : []);
  if (isMoved) throw new RequestError("flow-namespace-changed", namespaceProblem);
}

/** Sets the top-level `disabled` of a flow's YAML, leaving everything else as it was written. */
function withDisabled(source: string, disabled: boolean): string {
  const line = `disabled: ${disabled}`;
  const existing = /^disabled\s*:.*$/m;
  if (existing.test(source)) return source.replace(existing, line);
  return `${source.replace(/\n*$/, "\n")}${line}\n`;
}
