import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { level, logAt } from "./level.ts";

/** Writes one line, or one line for each element of a list. */
export const log = defineTask({
  type: "io.kestra.plugin.core.log.Log",
  aliases: ["io.kestra.core.tasks.log.Log"],
  title: "Write to the log of the execution",
  properties: () =>
    z.object({
      message: z
        .union([text(), z.array(text())])
        .describe("What to log: a text, or a list with one log line per element."),
      level: level("Severity of the line."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Log a text",
      code: 'id: hello\ntype: io.kestra.plugin.core.log.Log\nmessage: "Hello {{ inputs.name }}"\n',
    },
    {
      title: "Log several lines as warnings",
      code: "id: warn\ntype: io.kestra.plugin.core.log.Log\nlevel: WARN\nmessage:\n  - first line\n  - second line\n",
    },
  ],
  runInline({ properties: { message, level }, log }) {
    for (const line of Array.isArray(message) ? message : [message]) logAt(log, level, line);
  },
});
