import { type Catalogue, createCatalogue, languageCatalogue } from "@capstan/model";
import { z } from "zod";

/** The types of the language and one task. */
export function createTestCatalogue(): Catalogue {
  return createCatalogue([
    ...languageCatalogue(),
    {
      type: "io.kestra.plugin.core.log.Log",
      element: "task",
      title: "Log a message",
      properties: z.object({ message: z.string() }),
      outputs: z.object({}),
      examples: [{ title: "Hello", code: "id: hello\n" }],
    },
  ]);
}
