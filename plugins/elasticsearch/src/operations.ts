import { dynamic } from "@capstan/sdk";
import { z } from "zod";

/** What may be done with a document. */
const OPERATIONS = ["INDEX", "CREATE", "UPDATE", "DELETE"] as const;
export type Operation = (typeof OPERATIONS)[number];

export const opType = () =>
  dynamic(z.enum(OPERATIONS))
    .optional()
    .describe(
      "What is done: INDEX writes the document, whether there is one or not; CREATE refuses when there is one; UPDATE changes the keys that are given, and writes the document when there is none; DELETE removes it. Default: INDEX.",
    );

/** The body of an update: keys that aren't given stay as they are. */
export function updateOf(document: unknown): unknown {
  return { doc: document, doc_as_upsert: true };
}
