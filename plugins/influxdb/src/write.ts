import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, writeLines } from "./connection.ts";

const TYPE = "io.kestra.plugin.influxdb.Write";
const PRECISIONS = { NS: "ns", US: "us", MS: "ms", S: "s" } as const;

/** Writes points that are in line protocol already. */
export const write = defineTask({
  type: TYPE,
  title: "Write points to InfluxDB, in line protocol",
  properties: () =>
    z.object({
      ...connection(),
      source: text().describe("The points, one a line."),
      precision: dynamic(z.enum(["NS", "US", "MS", "S"]))
        .default("NS")
        .describe("What the times count: NS, US, MS or S. Default: NS."),
    }),
  outputs: () => z.object({ recordCount: z.int().describe("How many points were written.") }),
  examples: [
    {
      title: "Note how long a flow took",
      code:
        `id: note\ntype: ${TYPE}\nconnection:\n  url: http://influxdb:8086\n  token: "{{ secret('INFLUXDB_TOKEN') }}"\norg: acme\nbucket: flows\n` +
        'source: "nightly,host=a seconds={{ outputs.measure.value }}"\n',
    },
  ],
  async run(context) {
    const { source, precision } = context.properties;
    await writeLines(context, source, PRECISIONS[precision]);
    const recordCount = source
      .split("\n")
      .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#")).length;
    context.log.info(`Wrote ${recordCount} points.`);
    context.metric({ name: "records", type: "counter", value: recordCount });
    return { recordCount };
  },
});
