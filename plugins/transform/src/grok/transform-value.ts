import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { grokOf, grokProperties } from "./grok-properties.ts";

/** Takes fields out of a text. */
export const transformValue = defineTask({
  type: "io.kestra.plugin.transform.grok.TransformValue",
  title: "Take fields out of a text with Grok",
  properties: () => z.object({ from: text().describe("The text."), ...grokProperties() }),
  outputs: () =>
    z.object({
      value: z.record(z.string(), z.unknown()).describe("The fields by name; none where no pattern matches."),
    }),
  examples: [
    {
      title: "Read one line of a log",
      code:
        'id: line\ntype: io.kestra.plugin.transform.grok.TransformValue\nfrom: "{{ trigger.value }}"\n' +
        'pattern: "%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}"\n',
    },
  ],
  async run(context) {
    const { from, ...properties } = context.properties;
    const value = (await grokOf(properties, context))(from);
    if (Object.keys(value).length === 0) context.log.warn("No pattern matches the text");
    return { value };
  },
});
