import { defineTask, listOrText, recordLine, text } from "@capstan/sdk";
import { Readable } from "node:stream";
import { z } from "zod";
import { level } from "./level.ts";

/** Stores log lines of an execution as records of a file. */
export const fetchLogs = defineTask({
  type: "io.kestra.plugin.core.log.Fetch",
  aliases: ["io.kestra.core.tasks.log.Fetch"],
  title: "Fetch the logs of an execution",
  deprecated: "Kestra replaces it by io.kestra.plugin.kestra.logs.Fetch.",
  properties: () =>
    z.object({
      namespace: text().optional().describe("Namespace of the execution's flow. Default: that of this flow."),
      flowId: text().optional().describe("Flow of the execution. Default: this flow."),
      executionId: text().optional().describe("Execution whose logs are fetched. Default: this execution."),
      tasksId: listOrText().optional().describe("Only logs of these tasks."),
      level: level("Least severity of the lines fetched."),
    }),
  outputs: () =>
    z.object({
      size: z.int().describe("Number of lines."),
      uri: z.string().describe("File with one record per line: time, level, message, task."),
    }),
  examples: [
    {
      title: "Fetch the warnings and errors of one task",
      code: "id: logs\ntype: io.kestra.plugin.core.log.Fetch\nlevel: WARN\ntasksId:\n  - extract\n",
    },
  ],
  async run({ properties, identity, services, files }) {
    const executionId = properties.executionId ?? identity.executionId;
    const logs = await services.executions.logs({
      executionId,
      minimumLevel: properties.level,
      ...(properties.tasksId === undefined ? {} : { taskIds: properties.tasksId }),
    });
    const lines = logs.map(({ time, ...entry }) =>
      recordLine({
        namespace: properties.namespace ?? identity.namespace,
        flowId: properties.flowId ?? identity.flowId,
        executionId,
        timestamp: new Date(time).toISOString(),
        ...entry,
      }),
    );
    return { size: logs.length, uri: await files.put("logs.ion", Readable.from(lines)) };
  },
});
