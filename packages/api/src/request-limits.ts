const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/**
 * Every limit of a request, in one place, with its default; each is a setting of the server (`schemas/request-limits.ts` says what it
 * limits) and is tested at its edge.
 */
export const REQUEST_LIMITS = Object.freeze({
  bodyBytesMax: 16 * MEBIBYTE,
  webhookBodyBytesMax: 10 * MEBIBYTE,
  uploadBytesMax: 10_240 * MEBIBYTE,
  fieldBytesMax: 16 * MEBIBYTE,
  partsMax: 1000,
  archiveBytesMax: 64 * MEBIBYTE,
  archiveContentBytesMax: 1024 * MEBIBYTE,
  archiveEntriesMax: 10_000,
  headerBytesMax: 32 * KIBIBYTE,
  wrongCredentialsMax: 10,
  streamBufferBytesMax: 16 * MEBIBYTE,
});

export type RequestLimits = Record<keyof typeof REQUEST_LIMITS, number>;
