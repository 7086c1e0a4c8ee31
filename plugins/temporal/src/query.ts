import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, connectTemporal } from "./connection.ts";
import { answerOf, argumentsProperty, payloadsOf, valueOutputs, valueSchemas } from "./payloads.ts";

/** How long a worker may take to answer, in milliseconds. */
export const QUERY_MS_MAX = 30_000;

/** Asks a workflow something. */
export const query = defineTask({
  type: "io.kestra.plugin.temporal.workflow.Query",
  title: "Query a Temporal workflow",
  description:
    "Asks a workflow, which may have ended, something that it answers from its state. A worker of its task queue must run: it has half a " +
    "minute to answer.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      workflowId: text().describe("Id of the workflow."),
      runId: text().optional().describe("Id of one run of it. Default: the latest one."),
      queryType: text().describe("Name of the query."),
      args: argumentsProperty("query"),
    }),
  outputs: () => z.object(valueSchemas("The answer")),
  examples: [
    {
      title: "Ask how far a workflow is",
      code:
        "id: progress\ntype: io.kestra.plugin.temporal.workflow.Query\nendpoint: temporal.example.com:7233\nworkflowId: order-42\n" +
        "queryType: progress\n",
    },
  ],
  async run(context) {
    const { workflowId, runId = "", queryType, args } = context.properties;
    await using temporal = await connectTemporal(context);
    const request = {
      namespace: temporal.namespace,
      execution: { workflowId, runId },
      query: { queryType, queryArgs: payloadsOf(args) },
    };
    const what = `The query ${queryType} of the workflow ${workflowId}`;
    const ask = () => temporal.ask(context.signal, what, (service) => service.queryWorkflow(request), QUERY_MS_MAX);
    const answer = answerOf((await ask()).queryResult?.payloads);
    if ("value" in answer) return valueOutputs(answer);
    throw new TaskFailure(
      `The answer to ${queryType} has the encoding ${answer.encoding}, which only a codec of its owner reads. ` +
        "Let the workflow answer JSON without a codec.",
    );
  },
});
