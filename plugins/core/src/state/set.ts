import { anyMap, defineTask, type JsonMap } from "@capstan/sdk";
import { z } from "zod";
import { DEPRECATED, readState, stateKey, stateSelection } from "./stored-state.ts";

/** Merges values into a state that later executions read. */
export const setState = defineTask({
  type: "io.kestra.plugin.core.state.Set",
  aliases: ["io.kestra.core.tasks.states.Set"],
  title: "Set a state",
  deprecated: DEPRECATED,
  properties: () =>
    z.object({
      ...stateSelection(),
      data: anyMap().optional().describe("Values to store; names that are stored already and not given here are kept."),
    }),
  outputs: () =>
    z.object({
      count: z.int().describe("Number of values stored."),
      key: z.string().describe("Key of the state."),
    }),
  examples: [
    {
      title: "Keep a counter",
      code: 'id: keep\ntype: io.kestra.plugin.core.state.Set\ndata:\n  last: "{{ outputs.a.value }}"\n',
    },
  ],
  async run({ properties, identity, services }) {
    const key = stateKey(properties, identity);
    const stored = await readState(services, identity.namespace, key);
    const state = { ...stored, ...properties.data } as JsonMap;
    await services.keyValues.set(identity.namespace, key, state);
    return { count: Object.keys(state).length, key };
  },
});
