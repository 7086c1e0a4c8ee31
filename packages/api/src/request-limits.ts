const MEBIBYTE = 1_048_576;

/** Every limit of a request, in one place; each is tested at its edge. A server may be given smaller ones. */
export const REQUEST_LIMITS = {
  /** JSON, YAML and text bodies. */
  bodyBytesMax: 16 * MEBIBYTE,
  webhookBodyBytesMax: 10 * MEBIBYTE,
  /** One uploaded file. */
  uploadBytesMax: 10_240 * MEBIBYTE,
  /** One text part of a form. */
  fieldBytesMax: 16 * MEBIBYTE,
  /** Parts of a form, texts and files together. */
  partsMax: 1000,
  headerBytesMax: 32_768,
  /** What may wait for a slow reader of an event stream before the stream is cut. */
  streamBufferBytesMax: 16 * MEBIBYTE,
};

export type RequestLimits = typeof REQUEST_LIMITS;
