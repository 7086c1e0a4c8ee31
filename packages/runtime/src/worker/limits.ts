/** Bounds of one attempt. Each is tested at its limit. */
export const ATTEMPT_LIMITS = Object.freeze({
  /** Characters of an attempt's outputs as JSON: a mebibyte of data and its names. Larger data belongs into a file. */
  outputCharacters: 1_064_960,
  /** Characters of one log message; the rest is cut. */
  logCharacters: 32_768,
  /** Characters of an attempt's log that are handed out as they come. */
  logCharactersFirst: 16_777_216,
  /** Characters of the last lines of a log over that limit; what is between is left out. */
  logCharactersLast: 1_048_576,
  /** Characters that each line counts for at least. */
  logLineCharactersMin: 32,
  /** Metrics; more are left out. */
  metrics: 10_000,
  /** Events of a realtime trigger that wait for their executions to be durable. */
  eventsInFlight: 100,
  /** Characters of an error's message and of its stack. */
  errorCharacters: 32_768,
});
