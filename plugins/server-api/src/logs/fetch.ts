import { defineTask, deliverRows, dynamic, listOrText, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi } from "../connection.ts";
import { filterParameters } from "../filters.ts";
import { rowsOf } from "../pages.ts";

const TYPE = "io.kestra.plugin.kestra.logs.Fetch";
const LINES_PER_PAGE = 1_000;

const logLine = () =>
  z.looseObject({ taskId: z.string().optional(), timestamp: z.string(), message: z.string().optional() });
type LogLine = z.output<ReturnType<typeof logLine>>;

/** Stores the log of an execution. */
export const fetch = defineTask({
  type: TYPE,
  title: "Fetch the log of an execution of a server",
  properties: () =>
    z.object({
      ...connection(),
      executionId: text().optional().describe("Id of the execution. Default: the execution that the task runs in."),
      namespace: text().optional().describe("Namespace of its flow; the id of the execution is enough."),
      flowId: text().optional().describe("Its flow; the id of the execution is enough."),
      tasksId: listOrText().optional().describe("Only lines of these tasks. Default: of all."),
      level: dynamic(z.enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]))
        .default("INFO")
        .describe("Lines of this level and of graver ones. Default: INFO."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file of the lines, the oldest first: one record a line."),
      size: z.int().describe("How many lines there are."),
    }),
  examples: [
    {
      title: "Keep what went wrong",
      code:
        `id: trouble\ntype: ${TYPE}\nexecutionId: "{{ trigger.executionId }}"\nlevel: WARN\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    const { tasksId, level } = context.properties;
    const executionId = given(context.properties.executionId) ?? context.identity.executionId;
    const api = await openApi(context, context.identity.tenant);
    const params = {
      ...filterParameters([
        { field: "executionId", operator: "EQUALS", value: executionId },
        // As a floor: all servers read it so.
        { field: "level", operator: "EQUALS", value: level },
      ]),
      sort: "timestamp:asc",
    };
    const what = `Fetching the log of ${executionId}`;
    const lines = rowsOf(api, { what, path: "/logs/search", params, row: logLine() }, LINES_PER_PAGE);
    const { uri, size } = await deliverRows(linesOf(lines, tasksId), "STORE", context.files, "logs.ion");
    context.log.info(`Stored ${size} ${size === 1 ? "line" : "lines"} of ${executionId}.`);
    return { uri, size };
  },
});

/** No search knows several tasks, so that they are chosen here. */
async function* linesOf(lines: AsyncIterable<LogLine>, taskIds: readonly string[] = []) {
  for await (const line of lines)
    if (taskIds.length === 0 || (line.taskId !== undefined && taskIds.includes(line.taskId))) yield line;
}
