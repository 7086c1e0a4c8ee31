/** Every bound of the language. Each is tested at its limit. */
export interface Limits {
  /** Evaluation steps of one rendering: a name, a call, an operator, a loop round or a list element produced costs one. */
  steps: number;
  /** Characters of one rendered text, and of any text produced on the way to it. */
  outputCharacters: number;
  /** Nesting of brackets and tags in a source, and of macro calls while rendering. */
  depth: number;
}

/** The bounds that hold when the environment names no others. */
export const LIMITS: Readonly<Limits> = Object.freeze({
  steps: 1_000_000,
  outputCharacters: 10_000_000,
  depth: 100,
});

/** Characters of a text that is read or produced that cost as much as one evaluation step. */
export const CHARACTERS_PER_STEP = 1_000;

/** Operators, filters or attributes chained one after the other in one expression. */
export const CHAIN_LENGTH_MAX = 1_000;

/** Nested maps and lists that conversions to text (JSON, YAML, Ion) and back follow. */
export const DATA_DEPTH_MAX = 500;

/** How often `render()` renders the result of the rendering before. */
export const RENDERING_ATTEMPTS_MAX = 100;

/** How often `settle` evaluates again because something was not there yet. */
export const SUSPENSIONS_MAX = 1_000;

/** Templates that a cache keeps when its creator names no number. */
export const TEMPLATES_CACHED_MAX = 1_000;

/** Characters of the alphabet string and of a result of `nanoId`. */
export const NANO_ID_LENGTH_MAX = 1_000;

/** Recursion of functions inside one jq program. */
export const JQ_DEPTH_MAX = 200;

/** Characters of a number pattern such as `#,##0.00`. */
export const NUMBER_PATTERN_LENGTH_MAX = 1_000;

/** Instructions of one compiled regular expression; `x{1000}` takes a thousand. */
export const REGEX_INSTRUCTIONS_MAX = 20_000;

/** Steps of a regular expression that cost as much as one evaluation step. */
export const REGEX_STEPS_PER_STEP = 50;
