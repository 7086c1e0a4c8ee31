import { z } from "zod";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

function bytes(byDefault: number, description: string) {
  return z.coerce.number().int().positive().default(byDefault).describe(description);
}

/** Every limit of a request, in one place; each is a setting of the server and is tested at its edge. */
export const requestLimitsSchema = z.strictObject({
  bodyBytesMax: bytes(16 * MEBIBYTE, "Largest body of JSON, YAML or text, in bytes"),
  webhookBodyBytesMax: bytes(10 * MEBIBYTE, "Largest body of a webhook call, in bytes"),
  uploadBytesMax: bytes(10_240 * MEBIBYTE, "Largest uploaded file, in bytes"),
  fieldBytesMax: bytes(16 * MEBIBYTE, "Largest text part of a form, in bytes"),
  partsMax: bytes(1000, "Most parts of a form, texts and files together"),
  archiveBytesMax: bytes(64 * MEBIBYTE, "Largest zip archive or YAML file that is imported, in bytes"),
  archiveContentBytesMax: bytes(1024 * MEBIBYTE, "Most bytes that an imported zip archive may unpack to"),
  archiveEntriesMax: bytes(10_000, "Most entries of an imported zip archive"),
  headerBytesMax: bytes(32 * KIBIBYTE, "Largest request line and headers, in bytes"),
  wrongCredentialsMax: z.coerce
    .number()
    .int()
    .positive()
    .default(10)
    .describe("Different wrong passwords or tokens that one address may show within a minute; then it has to wait"),
  streamBufferBytesMax: bytes(16 * MEBIBYTE, "What may wait for a slow reader of an event stream before it is cut off"),
});

export type RequestLimits = z.output<typeof requestLimitsSchema>;
export const REQUEST_LIMITS: Readonly<RequestLimits> = Object.freeze(requestLimitsSchema.parse({}));
