import type { CloudWatch, Datapoint, GetMetricStatisticsCommandInput, Statistic } from "@aws-sdk/client-cloudwatch";
import { duration, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { type Asking, openService, type ServiceAccess } from "../service.ts";

/** Points that CloudWatch answers at most. */
export const POINTS_MAX = 1_440;
const STATISTICS: readonly string[] = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"] satisfies Statistic[];

/** What a task and a trigger that look at a metric have in common. */
export const metricProperties = () => ({
  namespace: text().optional().describe("Namespace of the metric, such as `AWS/SQS`. It has to be there."),
  metricName: text().describe("Name of the metric, such as `ApproximateNumberOfMessagesVisible`."),
  dimensions: dynamic(
    z.array(
      z.object({
        name: text().describe("Name of the dimension, such as `QueueName`."),
        value: text().describe("Its value."),
      }),
    ),
  )
    .optional()
    .describe("What the metric is of. CloudWatch knows a metric by all of its dimensions: name each of them."),
  statistic: text()
    .default("Average")
    .describe(
      "What is made of the values of a period: Average, Sum, Minimum, Maximum, SampleCount, or a percentile such as p99. Default: Average.",
    ),
  periodSeconds: dynamic(z.int().min(1))
    .default(60)
    .describe("Length of a period, in seconds: 1, 5, 10, 20, 30 or a multiple of 60. Default: 60."),
  window: duration().default(300_000).describe(`How far to look back, for up to ${POINTS_MAX} periods. Default: PT5M.`),
});

export const metricOutputs = () =>
  z.object({
    count: z.int().describe("How many points there are. A period without a value has none."),
    series: z
      .array(z.object({ timestamp: z.string(), value: z.number(), unit: z.string().optional() }))
      .describe("The points in the order of time, each with `timestamp`, `value` and `unit`."),
  });

type Written = z.output<z.ZodObject<ReturnType<typeof metricProperties>>>;

/** Loads the library at the first call. `using` closes the connections. */
export function openCloudWatch(context: Asking): Promise<ServiceAccess<CloudWatch>> {
  return openService(
    context,
    async (settings) => new (await import("@aws-sdk/client-cloudwatch")).CloudWatch(settings),
  );
}

/** The points of a metric up to `now`, in epoch milliseconds. Throws `TaskFailure` for a metric without a namespace, and for too many points. */
export async function queryMetric(
  { client, ending }: ServiceAccess<CloudWatch>,
  properties: Written,
  now: number,
): Promise<z.output<ReturnType<typeof metricOutputs>>> {
  const request = client.getMetricStatistics(requestOf(properties, now), ending);
  const { Datapoints = [] } = await told(`Asking for the metric ${properties.metricName}`, request);
  const series = Datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).map((point) => ({
    timestamp: point.Timestamp!.toISOString(),
    value: valueOf(point, properties.statistic),
    ...(point.Unit !== undefined && { unit: point.Unit }),
  }));
  return { count: series.length, series };
}

function requestOf(
  { namespace, metricName, dimensions = [], statistic, periodSeconds, window }: Written,
  now: number,
): GetMetricStatisticsCommandInput {
  if (namespace === undefined)
    throw new TaskFailure("`namespace` is missing: CloudWatch knows a metric by its namespace, such as `AWS/SQS`.");
  const points = Math.ceil(window / (periodSeconds * 1_000));
  if (points > POINTS_MAX)
    throw new TaskFailure(
      `\`window\` has ${points} periods of ${periodSeconds} seconds, and CloudWatch answers ${POINTS_MAX} at most. Take a longer \`periodSeconds\`, or a shorter \`window\`.`,
    );
  return {
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
    StartTime: new Date(now - window),
    EndTime: new Date(now),
    Period: periodSeconds,
    ...(STATISTICS.includes(statistic)
      ? { Statistics: [statistic as Statistic] }
      : { ExtendedStatistics: [statistic] }),
  };
}

function valueOf(point: Datapoint, statistic: string): number {
  const named = STATISTICS.includes(statistic) ? point[statistic as Statistic] : point.ExtendedStatistics?.[statistic];
  return named ?? 0;
}
