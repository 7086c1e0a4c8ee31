import { defineTrigger, duration } from "@capstan/sdk";
import { z } from "zod";
import { make, makingOutputs, makingProperties } from "./generate.ts";

const TYPE = "io.kestra.plugin.datagen.core.Trigger";

/** Starts the flow again and again, with made-up data. */
export const trigger = defineTrigger({
  type: TYPE,
  aliases: ["io.kestra.plugin.datagen.Trigger"],
  title: "Start the flow with made-up data",
  description: "For tests of flows that something else starts later.",
  properties: () =>
    z.object({
      interval: duration().default(1_000).describe("Time between two executions. Default: PT1S."),
      ...makingProperties(),
    }),
  outputs: makingOutputs,
  examples: [
    {
      title: "An order every ten seconds",
      code:
        `id: orders\ntype: ${TYPE}\ninterval: PT10S\ngenerator:\n  type: io.kestra.plugin.datagen.generators.JsonObjectGenerator\n` +
        '  value:\n    id: "#{internet.uuid}"\n    product: "#{commerce.productName}"\n',
    },
  ],
  poll: async (context) => ({ variables: { ...(await make(context)) } }),
});
