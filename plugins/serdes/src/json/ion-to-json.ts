import { defineTask, dynamic, type FileRecord, recordLine } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, fromRecords, timeZoneId } from "../conversion-properties.ts";
import { recordsOf, storeRecords } from "../conversion.ts";
import { inOneZone } from "../dates/one-zone.ts";
import { jsonOf } from "./json-line.ts";

/** Writes records as JSON. */
export const ionToJson = defineTask({
  type: "io.kestra.plugin.serdes.json.IonToJson",
  aliases: ["io.kestra.plugin.serdes.json.JsonWriter"],
  title: "Convert records to JSON",
  properties: () =>
    z.object({
      from: fromRecords(),
      charset: charset("written"),
      newLine: dynamic(z.boolean())
        .default(true)
        .describe("Whether each record is a line (JSON Lines, `.jsonl`). Otherwise the file is one list (`.json`)."),
      timeZoneId: timeZoneId(
        "Zone that dates with a time and an offset are written in. Default: as the file has them.",
      ),
      shouldKeepAnnotations: dynamic(z.boolean())
        .default(false)
        .describe("Annotations of Ion values are never kept; with true, the log warns of it."),
    }),
  outputs: () => fileOutputs("The JSON file."),
  examples: [
    {
      title: "Rows of a query as one list",
      code: 'id: json\ntype: io.kestra.plugin.serdes.json.IonToJson\nfrom: "{{ outputs.query.uri }}"\nnewLine: false\n',
    },
  ],
  async run(context) {
    const { from, charset, newLine, timeZoneId, shouldKeepAnnotations } = context.properties;
    if (shouldKeepAnnotations)
      context.log.warn("Annotations of Ion values are not kept: `shouldKeepAnnotations` has no effect.");
    const lines = linesOf(recordsOf(context, from), timeZoneId);
    if (newLine) return storeRecords(context, "records.jsonl", lines, { charset });
    return storeRecords(context, "records.json", lines, { charset, start: "[", between: ",", end: "]" });
  },
});

async function* linesOf(records: AsyncIterable<FileRecord>, timeZoneId: string | undefined): AsyncGenerator<string> {
  const convert = timeZoneId === undefined ? undefined : inOneZone(timeZoneId);
  for await (const record of records) yield convert === undefined ? jsonOf(record) : recordLine(convert(record.value));
}
