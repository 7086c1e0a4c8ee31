import type { CharacterSet } from "./character-set.ts";

/** What must hold at a place between two characters. */
export type Assertion =
  | "start"
  | "end"
  | "end-or-last-line"
  | "line-start"
  | "line-end"
  | "word-boundary"
  | "no-word-boundary";

/** How a repetition goes on: as often as possible, as rarely as possible, or as often as possible without giving back. */
export type Greed = "greedy" | "lazy" | "possessive";

export type RegexNode =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly branches: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly body: RegexNode;
      readonly min: number;
      /** Infinity for no bound. */
      readonly max: number;
      readonly greed: Greed;
    }
  | { readonly kind: "group"; readonly index: number; readonly body: RegexNode }
  | { readonly kind: "look"; readonly body: RegexNode; readonly isAhead: boolean; readonly isNegated: boolean }
  | { readonly kind: "atomic"; readonly body: RegexNode }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "backreference"; readonly group: number; readonly ignoresCase: boolean };

export interface ParsedRegex {
  readonly node: RegexNode;
  readonly groupCount: number;
  /** Names of groups with their numbers. */
  readonly groupNames: ReadonlyMap<string, number>;
  readonly hasBackreferences: boolean;
}

/** The most UTF-16 units that a node can match. */
export function widthMax(node: RegexNode): number {
  switch (node.kind) {
    case "set":
      return 2;
    case "sequence":
      return node.parts.reduce((width, part) => width + widthMax(part), 0);
    case "choice":
      return Math.max(0, ...node.branches.map(widthMax));
    case "repeat": {
      const width = widthMax(node.body);
      return width === 0 || node.max === 0 ? 0 : width * node.max;
    }
    case "group":
    case "atomic":
      return widthMax(node.body);
    case "look":
    case "assertion":
      return 0;
    case "backreference":
      return Number.POSITIVE_INFINITY;
    default:
      return node satisfies never;
  }
}

/** Whether a node can match without a character. */
export function canBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "sequence":
      return node.parts.every(canBeEmpty);
    case "choice":
      return node.branches.some(canBeEmpty);
    case "repeat":
      return node.min === 0 || canBeEmpty(node.body);
    case "group":
    case "atomic":
      return canBeEmpty(node.body);
    case "look":
    case "assertion":
    case "backreference":
      return true;
    default:
      return node satisfies never;
  }
}
