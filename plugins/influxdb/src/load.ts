import { defineTask, dynamic, listOrText, readRecords, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, writeLines } from "./connection.ts";
import { pointLine } from "./line-protocol.ts";

const TYPE = "io.kestra.plugin.influxdb.Load";

/** Writes the records of a file as points. */
export const load = defineTask({
  type: TYPE,
  title: "Load a file into InfluxDB",
  description:
    "Each record is a point. Texts that are numbers, as those of a CSV file are, become numbers; a record without fields is left out. Points that were written " +
    "before a failure stay, and writing them again changes nothing where they have a time.",
  properties: () =>
    z.object({
      ...connection(),
      from: text().describe("The file, with one record (JSON or Ion) a line."),
      chunk: dynamic(z.int().positive()).default(1_000).describe("How many points are written at once. Default: 1000."),
      measurement: text().describe("Measurement that the points are of."),
      tags: listOrText().optional().describe("Names of the fields that are tags, by which points are found fast."),
      timeField: text()
        .optional()
        .describe(
          "Name of the field with the time: a date, or seconds or milliseconds since 1970. Default: the time of the server, and a field `time` is left out.",
        ),
    }),
  outputs: () => z.object({ recordCount: z.int().describe("How many points were written.") }),
  examples: [
    {
      title: "Load the weather",
      code:
        `id: load\ntype: ${TYPE}\nconnection:\n  url: http://influxdb:8086\n  token: "{{ secret('INFLUXDB_TOKEN') }}"\norg: acme\nbucket: weather\n` +
        'from: "{{ outputs.rows.uri }}"\nmeasurement: temperature\ntags: [city]\ntimeField: hour\n',
    },
  ],
  async run(context) {
    const { from, chunk, measurement, tags = [], timeField } = context.properties;
    const options = { measurement, tags, timeField: given(timeField) };
    let recordCount = 0;
    let lines: string[] = [];
    const flush = async () => {
      if (lines.length === 0) return;
      await writeLines(context, lines.join("\n"), "ns");
      recordCount += lines.length;
      lines = [];
    };
    for await (const { value } of readRecords(await context.files.read(from.trim()))) {
      const line = pointLine(value, options);
      if (line === undefined) continue;
      lines.push(line);
      if (lines.length >= chunk) await flush();
    }
    await flush();
    context.log.info(`Wrote ${recordCount} points to ${measurement}.`);
    context.metric({ name: "records", type: "counter", value: recordCount });
    return { recordCount };
  },
});
