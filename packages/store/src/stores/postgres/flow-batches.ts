import type { FlowKey, FlowRow } from "../../store.ts";
import { getFlow, latestFlows } from "./queries/flows.ts";
import type { Reader } from "./reader.ts";

/** Latest revisions that one statement reads at most. */
export const FLOWS_AT_ONCE = 64;

interface Wanted {
  readonly key: FlowKey;
  readonly found: PromiseWithResolvers<FlowRow | undefined>;
}

/**
 * Reads the latest revisions of flows that are asked for in one turn of the event loop together: when many schedules are due at
 * once, each of another flow, a statement for each would cost more than all that follows. A deleted flow is answered as such.
 */
export function createFlowBatches(
  ask: <Result>(query: (reader: Reader) => Promise<Result>) => Promise<Result>,
): (key: FlowKey) => Promise<FlowRow | undefined> {
  let wanted: Wanted[] = [];
  const flush = () => {
    const all = wanted;
    wanted = [];
    for (let start = 0; start < all.length; start += FLOWS_AT_ONCE)
      void settle(all.slice(start, start + FLOWS_AT_ONCE));
  };
  const settle = async (batch: readonly Wanted[]): Promise<void> => {
    try {
      const keys = batch.map(({ key }) => key);
      const [first, ...others] = keys;
      const rows = await ask(async (reader) =>
        others.length === 0 ? [await getFlow(reader, first!, { includeDeleted: true })] : latestFlows(reader, keys),
      );
      for (const [position, { found }] of batch.entries()) found.resolve(rows[position]);
    } catch (error) {
      for (const { found } of batch) found.reject(error);
    }
  };
  return (key) => {
    const found = Promise.withResolvers<FlowRow | undefined>();
    wanted.push({ key, found });
    if (wanted.length === 1) setImmediate(flush);
    return found.promise;
  };
}
