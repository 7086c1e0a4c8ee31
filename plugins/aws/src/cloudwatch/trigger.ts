import { defineTrigger, duration } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { metricOutputs, metricProperties, openCloudWatch, queryMetric } from "./metric-query.ts";

/** Starts the flow while a metric has points. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.aws.cloudwatch.Trigger",
  title: "Start the flow while a metric of CloudWatch has points",
  description:
    "At each question for which the window has a point: with a `window` as long as `interval`, once for what is new. To start it for some values only, give the flow a condition on `trigger.series`.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...metricProperties(),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    }),
  outputs: metricOutputs,
  examples: [
    {
      title: "Start when functions fail",
      code: "id: failing\ntype: io.kestra.plugin.aws.cloudwatch.Trigger\nnamespace: AWS/Lambda\nmetricName: Errors\nstatistic: Sum\ninterval: PT5M\n",
    },
  ],
  async poll(context) {
    using cloudwatch = await openCloudWatch(context);
    const answer = await queryMetric(cloudwatch, context.properties, context.now());
    return answer.count === 0 ? undefined : { variables: answer };
  },
});
