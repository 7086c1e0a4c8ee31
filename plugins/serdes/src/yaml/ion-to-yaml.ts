import { defineTask, type FileRecord } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, fromRecords } from "../conversion-properties.ts";
import { recordsOf, storeRecords } from "../conversion.ts";
import { exactValue } from "../json/json-line.ts";
import { yamlOf } from "./yaml-documents.ts";

/** Writes records as YAML. */
export const ionToYaml = defineTask({
  type: "io.kestra.plugin.serdes.yaml.IonToYaml",
  title: "Convert records to YAML",
  description: "Each record becomes a document. Of several documents each begins with a line of `---`.",
  properties: () => z.object({ from: fromRecords(), charset: charset("written") }),
  outputs: () => fileOutputs("The YAML file."),
  examples: [
    {
      title: "Rows of a query",
      code: 'id: yaml\ntype: io.kestra.plugin.serdes.yaml.IonToYaml\nfrom: "{{ outputs.query.uri }}"\n',
    },
  ],
  async run(context) {
    const { from, charset } = context.properties;
    return storeRecords(context, "records.yaml", yamlOf(valuesOf(recordsOf(context, from))), { charset });
  },
});

async function* valuesOf(records: AsyncIterable<FileRecord>): AsyncGenerator {
  for await (const record of records) yield exactValue(record);
}
