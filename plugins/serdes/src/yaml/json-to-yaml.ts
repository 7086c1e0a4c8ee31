import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, from } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { jsonElements } from "../json/json-elements.ts";
import { exactValue, jsonLines } from "../json/json-line.ts";
import { yamlOf } from "./yaml-documents.ts";

/** Writes JSON as YAML. */
export const jsonToYaml = defineTask({
  type: "io.kestra.plugin.serdes.yaml.JsonToYaml",
  title: "Convert JSON to YAML",
  description:
    "Each entry of a list, or each line of JSON Lines, becomes a document that begins with a line of `---`; one value is a document.",
  properties: () =>
    z.object({
      from: from("JSON file"),
      charset: charset("read").describe("Charset of both files, named as in Java, such as UTF-8."),
      jsonl: dynamic(z.boolean())
        .default(false)
        .describe("Whether each line is a value, so that a line with a list is one document."),
    }),
  outputs: () => fileOutputs("The YAML file."),
  examples: [
    {
      title: "A document for each entry of an answer",
      code: 'id: yaml\ntype: io.kestra.plugin.serdes.yaml.JsonToYaml\nfrom: "{{ outputs.download.uri }}"\n',
    },
  ],
  async run(context) {
    const { from, charset, jsonl } = context.properties;
    const texts = readText(context, from, charset);
    const values = valuesOf(jsonl ? jsonLines(texts) : jsonElements(texts));
    return storeRecords(context, "values.yaml", yamlOf(values), { charset });
  },
});

async function* valuesOf(lines: AsyncIterable<string>): AsyncGenerator {
  for await (const line of lines) yield exactValue({ value: JSON.parse(line), line });
}
