import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { level, logAt } from "../log/level.ts";

/** The older form of Log. */
export const echo = defineTask({
  type: "io.kestra.plugin.core.debug.Echo",
  aliases: ["io.kestra.core.tasks.debugs.Echo"],
  title: "Write to the log of the execution",
  deprecated: "Use io.kestra.plugin.core.log.Log.",
  properties: () =>
    z.object({
      format: text().optional().describe("What to log."),
      level: level("Severity of the line."),
    }),
  outputs: () => z.object({}),
  examples: [{ title: "Log a text", code: "id: echo\ntype: io.kestra.plugin.core.debug.Echo\nformat: Hello\n" }],
  runInline({ properties: { format = "", level }, log }) {
    logAt(log, level, format);
  },
});
