import { defineTask, duration, dynamic, type Metric, text, textMap } from "@capstan/sdk";
import { z } from "zod";

const name = () => text().describe("Name of the metric.");
const tags = () => textMap().optional().describe("Words to tell values of one metric apart.");
const number = () => dynamic(z.number()).describe("The value.");

const metric = () =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("counter"), name: name(), value: number(), tags: tags() }),
    z.object({ type: z.literal("gauge"), name: name(), value: number(), tags: tags() }),
    z.object({
      type: z.literal("timer"),
      name: name(),
      value: duration().describe("A duration, or seconds."),
      tags: tags(),
    }),
  ]);

/** Publishes metrics of the execution. */
export const publish = defineTask({
  type: "io.kestra.plugin.core.metric.Publish",
  title: "Publish metrics",
  properties: () =>
    z.object({ metrics: dynamic(z.array(metric())).describe("Counters, gauges and timers to publish.") }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Count rows and time a load",
      code:
        "id: metrics\ntype: io.kestra.plugin.core.metric.Publish\nmetrics:\n  - type: counter\n    name: rows\n" +
        '    value: "{{ outputs.load.rows }}"\n    tags:\n      table: orders\n  - type: timer\n    name: load\n    value: PT2.5S\n',
    },
  ],
  runInline({ properties: { metrics }, metric }) {
    for (const { tags, ...one } of metrics) metric(tags === undefined ? one : ({ ...one, tags } satisfies Metric));
  },
});
