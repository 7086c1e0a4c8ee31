import { defineTask, dynamic, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, from } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { jsonElements } from "./json-elements.ts";
import { jsonLines } from "./json-line.ts";

/** Reads JSON into records. */
export const jsonToIon = defineTask({
  type: "io.kestra.plugin.serdes.json.JsonToIon",
  aliases: ["io.kestra.plugin.serdes.json.JsonReader"],
  title: "Convert JSON to records",
  properties: () =>
    z.object({
      from: from("JSON file"),
      charset: charset("read"),
      newLine: dynamic(z.boolean())
        .default(true)
        .describe(
          "Whether each line is a record (JSON Lines). Otherwise the file is one JSON document: each entry of its list is a record, " +
            "or the document is the only one.",
        ),
    }),
  outputs: () => fileOutputs("File with one record a line."),
  examples: [
    {
      title: "Records of an answer that is a list",
      code: 'id: records\ntype: io.kestra.plugin.serdes.json.JsonToIon\nfrom: "{{ outputs.download.uri }}"\nnewLine: false\n',
    },
  ],
  async run(context) {
    const { from, charset, newLine } = context.properties;
    const texts = readText(context, from, charset);
    return storeRecords(context, "records.ion", newLine ? recordsOfLines(texts, context.log) : jsonElements(texts));
  },
});

async function* recordsOfLines(texts: AsyncIterable<string>, log: TaskLogger): AsyncGenerator<string> {
  let size = 0;
  let isList = false;
  for await (const line of jsonLines(texts, " If the file is one JSON document, set `newLine` to false.")) {
    yield line;
    size += 1;
    isList = line.startsWith("[");
  }
  if (size === 1 && isList)
    log.warn(
      "The file has one line, which is a list: it is one record. Set `newLine` to false for a record of each entry.",
    );
}
