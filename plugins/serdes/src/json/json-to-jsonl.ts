import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, from } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { jsonElements } from "./json-elements.ts";

/** Writes each entry of a JSON list on a line of its own. */
export const jsonToJsonl = defineTask({
  type: "io.kestra.plugin.serdes.json.JsonToJsonl",
  title: "Convert JSON to JSON Lines",
  description:
    "Takes a list, one value, or values behind each other. What is a line can be split: by `ForEachItem`, for example.",
  properties: () =>
    z.object({
      from: from("JSON file"),
      charset: charset("read").describe("Charset of both files, named as in Java, such as UTF-8."),
    }),
  outputs: () => fileOutputs("File with one JSON value a line."),
  examples: [
    {
      title: "A line for each entry of an answer",
      code: 'id: lines\ntype: io.kestra.plugin.serdes.json.JsonToJsonl\nfrom: "{{ outputs.download.uri }}"\n',
    },
  ],
  async run(context) {
    const { from, charset } = context.properties;
    return storeRecords(context, "values.jsonl", jsonElements(readText(context, from, charset)), { charset });
  },
});
