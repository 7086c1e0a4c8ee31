import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { fileOutputs } from "../conversion-properties.ts";
import { converted, storeBytes } from "../conversion.ts";
import { avroFileOf } from "./container.ts";
import { parseAvroSchema } from "./schema.ts";
import { schemaOf, typedRecordProperties, typedRecords } from "./typed-records.ts";
import type { TypedValue } from "./typed-value.ts";

/** Writes records as Avro. */
export const ionToAvro = defineTask({
  type: "io.kestra.plugin.serdes.avro.IonToAvro",
  aliases: ["io.kestra.plugin.serdes.avro.AvroWriter"],
  title: "Convert records to Avro",
  description:
    "Values are converted to the types of the schema: texts are read as numbers, dates, true or null where it asks for them.",
  properties: () => z.object(typedRecordProperties()),
  outputs: () => fileOutputs("The Avro file."),
  examples: [
    {
      title: "Orders with types",
      code:
        'id: avro\ntype: io.kestra.plugin.serdes.avro.IonToAvro\nfrom: "{{ outputs.orders.uri }}"\nschema: |\n' +
        '  {"type": "record", "name": "Order", "fields": [\n    {"name": "id", "type": "long"},\n' +
        '    {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]}\n  ]}\n',
    },
  ],
  async run(context) {
    const { properties } = context;
    const schema = await schemaOf(context, properties);
    const type = parseAvroSchema(schema);
    let size = 0;
    async function* counted(values: AsyncIterable<TypedValue>): AsyncGenerator<TypedValue> {
      for await (const value of values) {
        size += 1;
        yield value;
      }
    }
    const values = counted(typedRecords(context, type, properties));
    return converted(context, await storeBytes(context, "records.avro", avroFileOf(schema, type, values)), size);
  },
});
