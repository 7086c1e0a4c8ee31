import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionOptions, credentials, requestOptions } from "./connection.ts";
import { askPrometheus, deliverSamples, queryOutputs, queryProperties } from "./instant-query.ts";

/** Asks Prometheus for values at one time. */
export const query = defineTask({
  type: "io.kestra.plugin.prometheus.Query",
  title: "Query Prometheus",
  description:
    "Asks for values at one point in time. An answer of more than 32 MiB fails: let the query aggregate more, or ask for less.",
  properties: () =>
    z.object({
      url: text().default("http://localhost:9090").describe("Address of Prometheus. Default: http://localhost:9090."),
      ...queryProperties(),
      ...credentials(),
      options: requestOptions(),
    }),
  outputs: queryOutputs,
  examples: [
    {
      title: "Which instances are down",
      code:
        "id: down\ntype: io.kestra.plugin.prometheus.Query\nurl: http://prometheus.example.com:9090\n" +
        "query: up == 0\nfetchType: FETCH\n",
    },
    {
      title: "The rate of errors an hour ago",
      code:
        "id: error_rate\ntype: io.kestra.plugin.prometheus.Query\nurl: https://prometheus.example.com\nusername: capstan\n" +
        'password: "{{ secret(\'PROMETHEUS_PASSWORD\') }}"\nquery: sum(rate(http_requests_total{code=~"5.."}[5m]))\n' +
        "time: \"{{ execution.startDate | dateAdd(-1, 'HOURS') }}\"\nfetchType: FETCH_ONE\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    const result = await askPrometheus(context, properties, connectionOptions(properties));
    const { samples, resultType } = result;
    context.log.info(
      `The query gave ${samples.length} ${samples.length === 1 ? "sample" : "samples"} (${resultType}).`,
    );
    context.metric({ name: "records", type: "counter", value: samples.length });
    return deliverSamples(result, properties.fetchType, context.files);
  },
});
