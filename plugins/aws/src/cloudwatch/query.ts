import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { serviceProperties } from "../service.ts";
import { metricOutputs, metricProperties, openCloudWatch, queryMetric } from "./metric-query.ts";

/** Reads the points of a metric. */
export const query = defineTask({
  type: "io.kestra.plugin.aws.cloudwatch.Query",
  title: "Read a metric of CloudWatch",
  properties: () => z.object({ ...serviceProperties(), ...metricProperties() }),
  outputs: metricOutputs,
  examples: [
    {
      title: "How many messages waited in the last quarter of an hour",
      code:
        "id: backlog\ntype: io.kestra.plugin.aws.cloudwatch.Query\nnamespace: AWS/SQS\nmetricName: ApproximateNumberOfMessagesVisible\n" +
        "dimensions:\n  - { name: QueueName, value: orders }\nstatistic: Maximum\nperiodSeconds: 300\nwindow: PT15M\n",
    },
  ],
  async run(context) {
    const { properties, metric, log, now } = context;
    using cloudwatch = await openCloudWatch(context);
    const answer = await queryMetric(cloudwatch, properties, now());
    metric({ name: "records", type: "counter", value: answer.count });
    log.info(`${answer.count} ${answer.count === 1 ? "point" : "points"} of ${properties.metricName}`);
    return answer;
  },
});
