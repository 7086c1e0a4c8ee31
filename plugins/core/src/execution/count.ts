import { defineTask, dynamic, instant, listOrText, renderedLater, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const flow = () =>
  z.object({
    namespace: text().describe("Namespace of the flow."),
    flowId: text().describe("Id of the flow."),
  });

/** Counts executions per flow and keeps the flows for which an expression holds. */
export const count = defineTask({
  type: "io.kestra.plugin.core.execution.Count",
  aliases: ["io.kestra.core.tasks.executions.Counts"],
  title: "Count executions",
  deprecated: "Kestra replaces it by io.kestra.plugin.kestra.executions.Count.",
  properties: () =>
    z.object({
      flows: dynamic(z.array(flow()))
        .optional()
        .describe("Flows to count; each gives a result, also with no execution."),
      namespaces: listOrText().optional().describe("Namespaces whose flows are counted."),
      states: listOrText().optional().describe("Only executions in these states."),
      startDate: instant().describe("Only executions started from this date on."),
      endDate: instant().optional().describe("Only executions started up to this date."),
      expression: renderedLater().describe("Keeps a flow if this renders to `true`; it can read `count`."),
    }),
  outputs: () =>
    z.object({
      results: z
        .array(z.object({ namespace: z.string(), flowId: z.string(), count: z.int() }))
        .describe("The flows kept, with their counts."),
      total: z.int().describe("Sum of the counts kept."),
    }),
  examples: [
    {
      title: "Find flows that did not run today",
      code:
        'id: count\ntype: io.kestra.plugin.core.execution.Count\nstates: [SUCCESS]\nexpression: "{{ count == 0 }}"\n' +
        "startDate: \"{{ now() | dateAdd(-1, 'DAYS') }}\"\nflows:\n  - namespace: company.team\n    flowId: daily-report\n",
    },
  ],
  async run({ properties: { flows, namespaces, states, startDate, endDate, expression }, services, render }) {
    if (flows === undefined && namespaces === undefined)
      throw new TaskFailure("Nothing to count: give `flows`, `namespaces` or both.");
    const counts = await services.executions.count({
      startDate,
      ...(flows === undefined ? {} : { flows }),
      ...(namespaces === undefined ? {} : { namespaces }),
      ...(states === undefined ? {} : { states }),
      ...(endDate === undefined ? {} : { endDate }),
    });
    const results: { namespace: string; flowId: string; count: number }[] = [];
    for (const one of counts) if ((await render(expression, { count: one.count })).trim() === "true") results.push(one);
    return { results, total: results.reduce((total, one) => total + one.count, 0) };
  },
});
