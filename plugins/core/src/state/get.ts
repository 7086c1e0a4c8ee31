import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { DEPRECATED, errorOnMissing, missingState, readState, stateKey, stateSelection } from "./stored-state.ts";

/** Reads a state. */
export const getState = defineTask({
  type: "io.kestra.plugin.core.state.Get",
  aliases: ["io.kestra.core.tasks.states.Get"],
  title: "Get a state",
  deprecated: DEPRECATED,
  properties: () => z.object({ ...stateSelection(), errorOnMissing: errorOnMissing() }),
  outputs: () =>
    z.object({
      count: z.int().describe("Number of values stored."),
      data: z.record(z.string(), z.unknown()).describe("The values."),
    }),
  examples: [{ title: "Read a state", code: "id: read\ntype: io.kestra.plugin.core.state.Get\nname: counter\n" }],
  async run({ properties, identity, services }) {
    const data = await readState(services, identity.namespace, stateKey(properties, identity));
    if (data === undefined && properties.errorOnMissing) throw missingState(properties);
    return { count: Object.keys(data ?? {}).length, data: data ?? {} };
  },
});
