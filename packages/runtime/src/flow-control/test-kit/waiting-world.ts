import { createMemoryStore, type MemorySnapshot } from "@capstan/store";
import { stoppedClock } from "../../executor/test-kit/stopped-clock.ts";
import { NAMESPACE, runtimeByHand, TENANT, until } from "../../executor/test-kit/runtime-by-hand.ts";
import type { FlowControlPolicy } from "../rules.ts";

export const NOW = Date.UTC(2026, 10, 27, 12, 0, 30);
export const MINUTE_MS = 60_000;

/** A flow whose only task runs until the test ends it, with an input to tell its executions apart. */
export const flow = (control: string, id = "f", namespace = NAMESPACE) => `
id: ${id}
namespace: ${namespace}
inputs:
  - {id: who, type: STRING, defaults: nobody}
  - {id: rank, type: INT, defaults: 0}
${control}
tasks: [{ id: slow, type: test.Echo, value: v }]
`;
export const BY_CUSTOMER = 'key: "{{ inputs.who }}"';

interface WorldOptions {
  readonly from?: MemorySnapshot;
  readonly flowControl?: FlowControlPolicy;
}

/** A started runtime whose clock and whose tasks only the test moves. */
export async function world(flows: readonly string[], { from, flowControl }: WorldOptions = {}) {
  const store = createMemoryStore(from === undefined ? {} : { from });
  const clock = stoppedClock(NOW);
  const made = await runtimeByHand(store, flows, { clock, ...(flowControl === undefined ? {} : { flowControl }) });
  const { executions } = made.runtime;
  const names = new Map<string, string>();
  /** Starts an execution that the test calls `name`. */
  const start = async (
    name: string,
    who = "nobody",
    more: { flowId?: string; namespace?: string; rank?: number } = {},
  ) => {
    const { flowId = "f", namespace = NAMESPACE, rank = 0 } = more;
    const { id } = await executions.create({ tenant: TENANT, namespace, flowId, inputs: { who, rank } });
    names.set(name, id);
    return id;
  };
  const state = async (name: string) => (await executions.get(TENANT, names.get(name)!))?.row.state;
  return {
    ...made,
    store,
    clock,
    executions,
    names,
    start,
    row: async (name: string) => (await executions.get(TENANT, names.get(name)!))!.row,
    /** States of these, in this order. */
    states: async (...wanted: readonly string[]) => Promise.all(wanted.map(state)),
    reach: (name: string, wanted: string) => until(async () => ((await state(name)) === wanted ? true : undefined)),
    /** The task of a running execution ends, and with it the execution. */
    finish: async (name: string) => {
      const id = names.get(name)!;
      const { key } = await made.job(id, "slow");
      made.host.ended(key, { state: "SUCCESS" });
      await made.ended(id);
    },
    /** What a new process finds. */
    restarted: async (options: Omit<WorldOptions, "from"> = {}) => {
      const from = store.snapshot();
      await made.runtime.stop({ graceMs: 0 });
      const again = await world([], { ...options, from });
      for (const [name, id] of names) again.names.set(name, id);
      return again;
    },
  };
}
