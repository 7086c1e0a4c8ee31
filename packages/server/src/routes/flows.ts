import type { flowRoutes } from "@capstan/api";
import { type CheckedFlow, walkTasks } from "@capstan/model";
import type { FlowKey, FlowRow } from "@capstan/store";
import type { Handlers } from "../mount.ts";
import { presentFlow, presentTask } from "../presentation/flow.ts";
import { Refusal } from "../refusal.ts";
import { readFilter, readStrictFilter } from "../requests/read-filter.ts";
import { splitDocuments } from "../requests/documents.ts";
import { flowRules } from "../requests/filters.ts";
import { presentPage, readAll, readPage } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { applyFlows } from "./apply-flows.ts";
import { bulkAnswer } from "./bulk-answer.ts";

const BULK_FLOWS_MAX = 10_000;
const SORT = { id: "id", namespace: "namespace", updated: "updatedAt", updatedAt: "updatedAt" } as const;

export function flowHandlers(service: Service): Handlers<typeof flowRoutes> {
  const { flows, store } = service.runtime;
  const show = (row: FlowRow, withSource: boolean) => presentFlow(row, flows.check(row.source), withSource);
  const matching = async (tenant: string, query: object) => {
    const filter = await readStrictFilter(service, query, { tenant }, flowRules);
    return readAll((page) => store.flows.search(filter, page), BULK_FLOWS_MAX);
  };
  const setDisabled = async (keys: readonly FlowKey[], disabled: boolean) => {
    await assertAllExist(service, keys);
    for (const key of keys) await flows.setDisabled(key, disabled);
    return bulkAnswer(keys.length);
  };
  const deleteAll = async (keys: readonly FlowKey[]) => {
    await assertAllExist(service, keys);
    for (const key of keys) await flows.delete(key);
    return bulkAnswer(keys.length);
  };
  const keysOf = (tenant: string, ids: readonly { namespace: string; id: string }[]) =>
    ids.map(({ namespace, id }) => ({ tenant, namespace, id }));
  return {
    createFlow: async ({ tenant, body }) => show((await flows.save(tenant, body, { mode: "create" })).row, true),
    validateFlows: async ({ tenant, body }) => {
      const documents = splitDocuments(body);
      const sources = documents.length === 0 ? [body] : documents;
      return Promise.all(sources.map((source, index) => validate(service, tenant, source, index)));
    },
    searchFlows: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, flowRules);
      return presentPage(await store.flows.search(filter, readPage(query, SORT)), (row) => show(row, false));
    },
    distinctNamespaces: async ({ tenant, query }) => {
      const wanted = (query.q ?? "").toLowerCase();
      return (await store.flows.namespaces(tenant)).filter((name) => name.toLowerCase().includes(wanted));
    },
    applyFlows: ({ tenant, query, body }) => {
      const { namespace, allowNamespaceChild } = query;
      const within = namespace === undefined ? {} : { within: { namespace, children: allowNamespaceChild } };
      return applyFlows(service, tenant, body, { deletes: query.delete, ...within });
    },
    deleteFlowsByIds: ({ tenant, body }) => deleteAll(keysOf(tenant, body)),
    deleteFlowsByQuery: async ({ tenant, query }) => deleteAll(await matching(tenant, query)),
    disableFlowsByIds: ({ tenant, body }) => setDisabled(keysOf(tenant, body), true),
    disableFlowsByQuery: async ({ tenant, query }) => setDisabled(await matching(tenant, query), true),
    enableFlowsByIds: ({ tenant, body }) => setDisabled(keysOf(tenant, body), false),
    enableFlowsByQuery: async ({ tenant, query }) => setDisabled(await matching(tenant, query), false),
    listNamespaceFlows: async ({ tenant, parameters: { namespace } }) => {
      const rows = await readAll((page) => store.flows.search({ tenant, namespace }, page), BULK_FLOWS_MAX);
      return rows.map((row) => show(row, false));
    },
    applyNamespaceFlows: ({ tenant, parameters: { namespace }, query, body }) =>
      applyFlows(service, tenant, body, {
        deletes: query.delete,
        within: { namespace, children: false },
        overrides: query.override,
      }),
    getFlow: async ({ tenant, parameters, query }) => {
      const { revision, allowDeleted, source } = query;
      const options = { includeDeleted: allowDeleted, ...(revision !== undefined && { revision }) };
      const row = await store.flows.get({ tenant, ...parameters }, options);
      if (row === undefined) throw flowNotFound(parameters);
      return show(row, source);
    },
    updateFlow: async ({ tenant, parameters: { namespace, id }, body }) =>
      show((await flows.save(tenant, body, { mode: "update", key: { namespace, id } })).row, true),
    deleteFlow: async ({ tenant, parameters }) => {
      if (!(await flows.delete({ tenant, ...parameters }))) throw flowNotFound(parameters);
    },
    listFlowRevisions: async ({ tenant, parameters }) => {
      const rows = await store.flows.revisions({ tenant, ...parameters });
      if (rows.length === 0) throw flowNotFound(parameters);
      return rows.map((row) => show(row, true));
    },
    getFlowTask: async ({ tenant, parameters: { namespace, id, taskId }, query }) => {
      const { checked } = await flows.checked({ tenant, namespace, id }, query.revision);
      for (const { task } of checked.flow === undefined ? [] : walkTasks(checked.flow))
        if (task.id === taskId) return presentTask(task);
      throw new Refusal("task-not-found", 404, `The flow ${namespace}.${id} has no task "${taskId}"`);
    },
  };
}

export function flowNotFound({ namespace, id }: { namespace: string; id: string }): Refusal {
  return new Refusal("flow-not-found", 404, `There is no flow ${namespace}.${id}`);
}

/** Nothing is changed when one is missing. */
async function assertAllExist({ runtime }: Service, keys: readonly FlowKey[]): Promise<void> {
  const problems: string[] = [];
  for (const key of keys) if ((await runtime.flows.get(key)) === undefined) problems.push(flowNotFound(key).message);
  if (problems.length > 0) throw new Refusal("bulk-refused", 400, "Nothing was changed", problems);
}

async function validate({ runtime }: Service, tenant: string, source: string, index: number): Promise<object> {
  const checked = runtime.flows.check(source);
  const id = checked.flow?.id ?? /^id:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1];
  const namespace = checked.flow?.namespace ?? /^namespace:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1];
  const stored =
    id === undefined || namespace === undefined ? undefined : await runtime.flows.get({ tenant, namespace, id });
  const revision = Number(/^revision:[ \t]*(\d+)/m.exec(source)?.[1] ?? Number.POSITIVE_INFINITY);
  return {
    index,
    namespace,
    flow: id,
    constraints: constraints(checked),
    warnings: messages(checked, "warning"),
    infos: messages(checked, "note"),
    outdated: stored !== undefined && stored.revision > revision,
  };
}

/** Every error in one text; absent when there is none. */
function constraints(checked: CheckedFlow): string | undefined {
  const errors = messages(checked, "error")?.join("\n");
  const isFlow = checked.flow !== undefined || !checked.diagnostics.some(({ code }) => code === "yaml-syntax");
  return errors === undefined || isFlow ? errors : `Unable to validate the flow: ${errors}`;
}

function messages({ diagnostics }: CheckedFlow, severity: string): readonly string[] | undefined {
  const chosen = diagnostics.filter((one) => one.severity === severity);
  return chosen.length === 0
    ? undefined
    : chosen.map(
        ({ path, message, hint }) =>
          `${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : ` — ${hint}`}`,
      );
}
