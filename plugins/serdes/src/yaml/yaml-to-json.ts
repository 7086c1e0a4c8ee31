import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, from } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { yamlDocuments } from "./yaml-documents.ts";

/** Writes YAML as JSON. */
export const yamlToJson = defineTask({
  type: "io.kestra.plugin.serdes.yaml.YamlToJson",
  title: "Convert YAML to JSON",
  properties: () =>
    z.object({
      from: from("YAML file"),
      charset: charset("read").describe("Charset of both files, named as in Java, such as UTF-8."),
      jsonl: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether each document becomes a line. Otherwise one document becomes its JSON, several become a list, and none `{}`.",
        ),
    }),
  outputs: () => fileOutputs("The JSON file."),
  examples: [
    {
      title: "A line for each document",
      code: 'id: lines\ntype: io.kestra.plugin.serdes.yaml.YamlToJson\nfrom: "{{ inputs.file }}"\njsonl: true\n',
    },
  ],
  async run(context) {
    const { from, charset, jsonl } = context.properties;
    const documents = yamlDocuments(readText(context, from, charset));
    if (jsonl) return storeRecords(context, "documents.jsonl", documents, { charset });
    return storeRecords(context, "documents.json", inOneValue(documents), { charset, ifEmpty: "{}\n" });
  },
});

/** The document, or a list of them when there are several. */
async function* inOneValue(documents: AsyncIterable<string>): AsyncGenerator<string> {
  let last: string | undefined;
  let isList = false;
  for await (const document of documents) {
    if (last !== undefined) {
      yield `${isList ? "," : "["}${last}`;
      isList = true;
    }
    last = document;
  }
  if (last !== undefined) yield isList ? `,${last}]` : last;
}
