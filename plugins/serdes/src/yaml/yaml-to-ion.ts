import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { charset, fileOutputs, from } from "../conversion-properties.ts";
import { readText, storeRecords } from "../conversion.ts";
import { yamlDocuments } from "./yaml-documents.ts";

/** Reads YAML into records. */
export const yamlToIon = defineTask({
  type: "io.kestra.plugin.serdes.yaml.YamlToIon",
  title: "Convert YAML to records",
  description: "Each document of the file, with a line of `---` between two of them, becomes a record.",
  properties: () => z.object({ from: from("YAML file"), charset: charset("read") }),
  outputs: () => fileOutputs("File with one record a document."),
  examples: [
    {
      title: "Read the documents of a file",
      code: 'id: documents\ntype: io.kestra.plugin.serdes.yaml.YamlToIon\nfrom: "{{ inputs.file }}"\n',
    },
  ],
  async run(context) {
    const { from, charset } = context.properties;
    return storeRecords(context, "documents.ion", yamlDocuments(readText(context, from, charset)));
  },
});
