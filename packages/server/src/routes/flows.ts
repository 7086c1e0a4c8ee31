import type { flowRoutes } from "@capstan/api";
import { walkTasks } from "@capstan/model";
import type { SavedFlow } from "@capstan/runtime";
import type { FlowRow } from "@capstan/store";
import { once } from "../idempotency/once.ts";
import type { Handlers } from "../mount.ts";
import { presentFlow, presentTask } from "../presentation/flow.ts";
import { writtenParts } from "../presentation/written-parts.ts";
import { Refusal } from "../refusal.ts";
import { readFilter } from "../requests/read-filter.ts";
import { flowRules } from "../requests/filters.ts";
import { presentPage, readAll, readPage } from "../requests/page.ts";
import type { ApiService } from "../service.ts";
import { applyFlows } from "./apply-flows.ts";
import { BULK_FLOWS_MAX, bulkFlowHandlers } from "./bulk-flows.ts";
import { flowNotFound } from "./flow-lookup.ts";
import { documentsToCheck, validateFlow } from "./validate-flow.ts";

const SORT = { id: "id", namespace: "namespace", updated: "updatedAt", updatedAt: "updatedAt" } as const;

export function flowHandlers(service: ApiService): Handlers<typeof flowRoutes> {
  const { flows, store } = service.runtime;
  const show = (row: FlowRow, withSource: boolean) => presentFlow(row, flows.check(row.source), withSource);
  const showSaved = ({ row, checked }: SavedFlow) => presentFlow(row, checked, true);
  return {
    ...bulkFlowHandlers(service),
    createFlow: once(service, async ({ tenant, body }, key) =>
      showSaved(await flows.save(tenant, body, { mode: "create", requestKey: key?.identified() })),
    ),
    validateFlows: async ({ tenant, body, request }) => {
      const documents = await documentsToCheck(service, request, body);
      return Promise.all(documents.map((document, index) => validateFlow(service, tenant, document, index)));
    },
    searchFlows: async ({ tenant, query }) => {
      const filter = await readFilter(service, query, { tenant }, flowRules);
      return presentPage(await store.flows.search(filter, readPage(query, SORT)), (row) => show(row, false));
    },
    distinctNamespaces: async ({ tenant, query }) => {
      const wanted = (query.q ?? "").toLowerCase();
      return (await store.flows.namespaces(tenant)).filter((name) => name.toLowerCase().includes(wanted));
    },
    applyFlows: once(service, ({ tenant, query, body }, key) => {
      const { namespace, allowNamespaceChild } = query;
      const within = namespace === undefined ? {} : { within: { namespace, children: allowNamespaceChild } };
      return applyFlows(service, tenant, body, { deletes: query.delete, ...within, requestKey: key?.identified() });
    }),
    listNamespaceFlows: async ({ tenant, parameters: { namespace } }) => {
      const rows = await readAll(store.flows, { tenant, namespace }, BULK_FLOWS_MAX);
      return rows.map((row) => show(row, false));
    },
    applyNamespaceFlows: once(service, ({ tenant, parameters: { namespace }, query, body }, key) =>
      applyFlows(service, tenant, body, {
        deletes: query.delete,
        within: { namespace, children: false },
        overrides: query.override,
        requestKey: key?.identified(),
      }),
    ),
    getFlow: async ({ tenant, parameters, query }) => {
      const { revision, allowDeleted, source } = query;
      const options = { includeDeleted: allowDeleted, ...(revision !== undefined && { revision }) };
      const row = await store.flows.get({ tenant, ...parameters }, options);
      if (row === undefined) throw flowNotFound(parameters);
      return show(row, source);
    },
    updateFlow: once(service, async ({ tenant, parameters, body }, key) =>
      showSaved(await flows.save(tenant, body, { mode: "update", key: parameters, requestKey: key?.identified() })),
    ),
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
        if (task.id === taskId) return presentTask(task, writtenParts(checked.written()));
      throw new Refusal("task-not-found", `The flow ${namespace}.${id} has no task "${taskId}"`);
    },
  };
}
