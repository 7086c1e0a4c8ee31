import { defineTrigger, duration, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionOptions, credentials } from "./connection.ts";
import { askPrometheus, deliverSamples, queryOutputs, queryProperties } from "./instant-query.ts";

/** Asks Prometheus again and again, and starts the flow while the query has a result. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.prometheus.Trigger",
  title: "Start the flow while a query of Prometheus has a result",
  description:
    "Write the condition into the query: `up == 0` has a result while something is down, and none otherwise. It starts the flow at each " +
    "question while that lasts. A scalar always is a result.",
  properties: () =>
    z.object({
      url: text().describe("Address of Prometheus, such as http://prometheus.example.com:9090."),
      ...queryProperties(),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
      ...credentials(),
    }),
  outputs: queryOutputs,
  examples: [
    {
      title: "Start for each instance that is down",
      code:
        "id: down\ntype: io.kestra.plugin.prometheus.Trigger\nurl: http://prometheus.example.com:9090\n" +
        "query: up == 0\ninterval: PT30S\nfetchType: FETCH\n",
    },
  ],
  async poll(context) {
    const { properties, files } = context;
    const result = await askPrometheus(context, properties, connectionOptions(properties));
    if (result.samples.length === 0) return undefined;
    return { variables: await deliverSamples(result, properties.fetchType, files) };
  },
});
