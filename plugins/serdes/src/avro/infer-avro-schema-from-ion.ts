import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { fromRecords } from "../conversion-properties.ts";
import { schemaOf, numberOfRowsToScan } from "./typed-records.ts";

/** Infers the Avro schema of records. */
export const inferAvroSchemaFromIon = defineTask({
  type: "io.kestra.plugin.serdes.avro.InferAvroSchemaFromIon",
  title: "Infer the Avro schema of records",
  description:
    "Each field may be null. What has several types is text, and texts stay texts, also where they are dates.",
  properties: () => z.object({ from: fromRecords(), numberOfRowsToScan: numberOfRowsToScan() }),
  outputs: () => z.object({ uri: z.string().describe("File with the schema, as JSON.") }),
  examples: [
    {
      title: "The schema of a query",
      code: 'id: schema\ntype: io.kestra.plugin.serdes.avro.InferAvroSchemaFromIon\nfrom: "{{ outputs.query.uri }}"\n',
    },
  ],
  async run(context) {
    const schema = await schemaOf(context, context.properties);
    return { uri: await context.files.put("schema.avsc", schema) };
  },
});
