import { type FlowServices, type SavedFlowSource, TaskFailure } from "@capstan/sdk";
import type { FlowRow, Store } from "@capstan/store";
import { RequestError } from "../errors.ts";
import type { FlowService } from "../services.ts";

/** Flows read in one go. */
const BATCH = 500;

/** What tasks may do with the flows of their tenant. */
export function createFlowServices(store: Store, flows: () => FlowService, tenant: string): FlowServices {
  return {
    list: async (namespace, { children = false } = {}) => {
      const filter = children ? { tenant, namespacePrefix: namespace } : { tenant, namespace };
      const found: FlowRow[] = [];
      for (;;) {
        const { rows } = await store.flows.search(filter, { offset: found.length, limit: BATCH, uncounted: true });
        found.push(...rows);
        if (rows.length < BATCH) break;
      }
      return found
        .map(({ namespace, id, revision, source }) => ({ namespace, id, revision, source }))
        .toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
    },
    save: (source, { dryRun = false } = {}) => save(flows(), { tenant, source, dryRun }),
    delete: (namespace, id) => flows().delete({ tenant, namespace, id }),
  };
}

const sortKey = ({ namespace, id }: { readonly namespace: string; readonly id: string }) => `${namespace}\n${id}`;

async function save(
  flows: FlowService,
  { tenant, source, dryRun }: { readonly tenant: string; readonly source: string; readonly dryRun: boolean },
): Promise<SavedFlowSource> {
  try {
    const { row, changed, isNew } = await flows.save(tenant, source, { dryRun });
    const { namespace, id, revision } = row;
    const change = isNew ? "CREATED" : changed ? "UPDATED" : "UNCHANGED";
    return { namespace, id, revision, change };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    // A mistake in a flow is one of whoever runs the task.
    throw new TaskFailure([error.message, ...(error.problems ?? [])].join("\n"), { cause: error });
  }
}
