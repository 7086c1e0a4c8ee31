import { z } from "zod";
import { REQUEST_LIMITS, type RequestLimits } from "../request-limits.ts";

function limit(name: keyof RequestLimits, description: string) {
  return z.coerce.number().int().positive().default(REQUEST_LIMITS[name]).describe(description);
}

/** The limits as settings. */
export const requestLimitsSchema = z.strictObject({
  bodyBytesMax: limit("bodyBytesMax", "Largest body of JSON, YAML or text, in bytes"),
  webhookBodyBytesMax: limit(
    "webhookBodyBytesMax",
    "Largest body of a webhook call that is not stored as a file, and all texts of its form together, in bytes",
  ),
  uploadBytesMax: limit(
    "uploadBytesMax",
    "Largest uploaded file, or body of a webhook that is stored as one, in bytes",
  ),
  fieldBytesMax: limit("fieldBytesMax", "Largest text part of a form, in bytes"),
  partsMax: limit("partsMax", "Most parts of a form, texts and files together"),
  archiveBytesMax: limit("archiveBytesMax", "Largest zip archive or YAML file that is imported, in bytes"),
  archiveContentBytesMax: limit("archiveContentBytesMax", "Most bytes that an imported zip archive may unpack to"),
  archiveEntriesMax: limit("archiveEntriesMax", "Most entries of an imported zip archive"),
  headerBytesMax: limit("headerBytesMax", "Largest request line and headers, in bytes"),
  wrongCredentialsMax: limit(
    "wrongCredentialsMax",
    "Different wrong passwords or tokens that one address may show within a minute; then it has to wait",
  ),
  streamBufferBytesMax: limit(
    "streamBufferBytesMax",
    "What may wait for a slow reader of an event stream before it is cut off",
  ),
} satisfies Record<keyof RequestLimits, z.ZodType>);
