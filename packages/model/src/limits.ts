/** Bounds of one flow document. Each is tested at its limit. */
export const LIMITS = Object.freeze({
  /** Characters of the source text; `CheckOptions.maximumCharacters` replaces it. */
  sourceCharacters: 1_000_000,
  /** Maps and lists inside each other. */
  nestingDepth: 100,
  /** Maps, lists and scalars, with every alias counted as often as it is used. */
  nodes: 200_000,
  /** Tasks of a flow in all its lists, at any depth. */
  tasks: 10_000,
  /** Diagnostics for which the nearest valid name is looked up; all others are reported without. */
  hints: 1_000,
});
