import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { DEPRECATED, errorOnMissing, missingState, stateKey, stateSelection } from "./stored-state.ts";

/** Deletes a state. */
export const deleteState = defineTask({
  type: "io.kestra.plugin.core.state.Delete",
  aliases: ["io.kestra.core.tasks.states.Delete"],
  title: "Delete a state",
  deprecated: DEPRECATED,
  properties: () => z.object({ ...stateSelection(), errorOnMissing: errorOnMissing() }),
  outputs: () => z.object({ deleted: z.boolean().describe("Whether there was a state to delete.") }),
  examples: [
    { title: "Forget a state", code: "id: forget\ntype: io.kestra.plugin.core.state.Delete\nname: counter\n" },
  ],
  async run({ properties, identity, services }) {
    const deleted = await services.keyValues.delete(identity.namespace, stateKey(properties, identity));
    if (!deleted && properties.errorOnMissing) throw missingState(properties);
    return { deleted };
  },
});
