/** Bounds of one attempt. Each is tested at its limit. */
export const ATTEMPT_LIMITS = Object.freeze({
  /** Characters of an attempt's outputs as JSON; larger data belongs into a file of the internal storage. */
  outputCharacters: 1_048_576,
  /** Characters of one log message; the rest is cut. */
  logCharacters: 32_768,
  /** Characters of an error's message and of its stack. */
  errorCharacters: 32_768,
});
