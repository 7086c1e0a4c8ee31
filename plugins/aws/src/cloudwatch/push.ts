import type { MetricDatum, StandardUnit } from "@aws-sdk/client-cloudwatch";
import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { serviceProperties } from "../service.ts";
import { openCloudWatch } from "./metric-query.ts";

/** Values of one request. */
const BATCH_MAX = 1_000;
/** Dimensions that CloudWatch takes. */
const DIMENSIONS_MAX = 30;

const metricValue = () =>
  z.object({
    metricName: text().describe("Name of the metric."),
    value: dynamic(z.number()).describe("Its value now."),
    unit: text().optional().describe("Its unit, such as `Count`, `Seconds` or `Bytes`. Default: none."),
    dimensions: dynamic(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
      .optional()
      .describe(`What the value is of, ${DIMENSIONS_MAX} names and values at most.`),
  });
type MetricValue = z.output<ReturnType<typeof metricValue>>;

/** Hands values of metrics to CloudWatch. */
export const push = defineTask({
  type: "io.kestra.plugin.aws.cloudwatch.Push",
  title: "Hand values of metrics to CloudWatch",
  description: `They count for the time at which they are handed over, up to ${BATCH_MAX} in one request.`,
  properties: () =>
    z.object({
      ...serviceProperties(),
      namespace: text().describe(
        "Namespace of the metrics, such as `Shop`. Those that begin with `AWS/` are not for others.",
      ),
      metrics: dynamic(z.array(metricValue()).min(1)).describe("The values."),
    }),
  outputs: () => z.object({ count: z.int().describe("How many values were handed over.") }),
  examples: [
    {
      title: "Tell how many rows were loaded",
      code:
        "id: tell\ntype: io.kestra.plugin.aws.cloudwatch.Push\nnamespace: Shop\nmetrics:\n  - metricName: RowsLoaded\n" +
        '    value: "{{ outputs.load.size }}"\n    unit: Count\n    dimensions:\n      table: orders\n',
    },
  ],
  async run(context) {
    const { properties, metric, log, now } = context;
    const { namespace, metrics } = properties;
    const timestamp = new Date(now());
    using cloudwatch = await openCloudWatch(context);
    for (let at = 0; at < metrics.length; at += BATCH_MAX) {
      const data = metrics.slice(at, at + BATCH_MAX).map((value) => datumOf(value, timestamp));
      await told(
        `Handing values ${at + 1} to ${at + data.length} to CloudWatch`,
        cloudwatch.client.putMetricData({ Namespace: namespace, MetricData: data }, cloudwatch.ending),
      );
    }
    metric({ name: "records", type: "counter", value: metrics.length });
    log.info(`${metrics.length} ${metrics.length === 1 ? "value was" : "values were"} handed to ${namespace}`);
    return { count: metrics.length };
  },
});

function datumOf({ metricName, value, unit, dimensions = {} }: MetricValue, timestamp: Date): MetricDatum {
  return {
    MetricName: metricName,
    Value: value,
    Timestamp: timestamp,
    ...(unit !== undefined && { Unit: unit as StandardUnit }),
    Dimensions: Object.entries(dimensions).map(([name, of]) => ({ Name: name, Value: String(of) })),
  };
}
