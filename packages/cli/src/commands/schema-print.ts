import { jsonSchema } from "@capstan/model";
import { installedCatalogue } from "../catalogue.ts";

/** Prints the JSON Schema of flows with every type that is installed. */
export function schemaPrint(): number {
  process.stdout.write(`${JSON.stringify(jsonSchema(installedCatalogue()), undefined, 2)}\n`);
  return 0;
}
