import { defineTask, instant, listOrText, renderedLater, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi } from "../connection.ts";
import { filterParameters, instantValue } from "../filters.ts";
import { pageOf } from "../pages.ts";
import { executionSearch } from "./execution-search.ts";
import { states } from "./states.ts";

const TYPE = "io.kestra.plugin.kestra.executions.Count";

/** Counts executions. */
export const count = defineTask({
  type: TYPE,
  title: "Count executions of a server",
  properties: () =>
    z.object({
      ...connection(),
      namespaces: listOrText()
        .optional()
        .describe("Only executions of these namespaces, without those below. Default: of all."),
      flowId: text().optional().describe("Only executions of flows with this id."),
      states: states(),
      startDate: instant()
        .optional()
        .describe("Only executions that started then or later, such as 2024-03-01T10:00:00Z."),
      endDate: instant()
        .optional()
        .describe("Only executions that ended up to then. What has not ended is not counted with it."),
      expression: renderedLater()
        .optional()
        .describe("The count is 0 unless this renders to `true`; it can read `count`, as in `{{ count > 10 }}`."),
    }),
  outputs: () => z.object({ count: z.int().describe("How many there are, or 0 when `expression` is not true.") }),
  examples: [
    {
      title: "Count what failed since yesterday",
      code:
        `id: failed\ntype: ${TYPE}\nnamespaces: [company.team]\nstates: [FAILED]\nstartDate: "{{ now() | dateAdd(-1, 'DAYS') }}"\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    const { namespaces, flowId, states, startDate, endDate, expression } = context.properties;
    const api = await openApi(context, context.identity.tenant);
    const params = filterParameters([
      { field: "namespace", operator: "IN", value: namespaces },
      { field: "flowId", operator: "EQUALS", value: given(flowId) },
      { field: "state", operator: "IN", value: states },
      { field: "startDate", operator: "GREATER_THAN_OR_EQUAL_TO", value: instantValue(startDate) },
      { field: "endDate", operator: "LESS_THAN_OR_EQUAL_TO", value: instantValue(endDate) },
    ]);
    const { total, isEstimate } = await pageOf(api, executionSearch("Counting executions", params), 1, 1);
    if (isEstimate)
      context.log.warn(
        `The server counted roughly: there are about ${total} executions. Narrow the search for an exact number.`,
      );
    else context.log.info(`Counted ${total} ${total === 1 ? "execution" : "executions"}.`);
    const isKept = expression === undefined || (await context.render(expression, { count: total })).trim() === "true";
    return { count: isKept ? total : 0 };
  },
});
