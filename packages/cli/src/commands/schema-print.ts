import { jsonSchema } from "@capstan/model";
import { configuredCatalogue } from "../third-party/configured-catalogue.ts";

/** Prints the JSON Schema of flows with every type that is installed. */
export async function schemaPrint({ config }: { readonly config?: string }): Promise<number> {
  const { catalogue } = await configuredCatalogue(config);
  process.stdout.write(`${JSON.stringify(jsonSchema(catalogue), undefined, 2)}\n`);
  return 0;
}
