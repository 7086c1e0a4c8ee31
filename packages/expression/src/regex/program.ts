import { REGEX_INSTRUCTIONS_MAX } from "../limits.ts";
import { type Assertion, canBeEmpty, type ParsedRegex, type RegexNode, widthMax } from "./ast.ts";
import type { CharacterSet } from "./character-set.ts";
import { RegexSyntaxError } from "./regex-reader.ts";

/** One step of a program; `next` of all but jumps and splits is the instruction behind it. */
export type Instruction =
  | { readonly kind: "set"; readonly set: CharacterSet }
  /** Goes on at `first`, and at `second` when that fails; `index` numbers the splits of a program. */
  | { readonly kind: "split"; first: number; second: number; readonly index: number }
  | { readonly kind: "jump"; to: number }
  /** Writes the place down: a group's start or end, or the start of a round. */
  | { readonly kind: "save"; readonly slot: number }
  /** Fails when nothing was matched since the place in the slot. */
  | { readonly kind: "progress"; readonly slot: number }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  /** Runs what follows, up to `end`, by itself, and goes on behind `end`. */
  | { readonly kind: "atomic"; end: number }
  | { readonly kind: "ahead"; end: number; readonly isNegated: boolean }
  | { readonly kind: "behind"; end: number; readonly isNegated: boolean; readonly widthMax: number }
  | { readonly kind: "backreference"; readonly group: number; readonly ignoresCase: boolean }
  | { readonly kind: "done" };

export interface RegexProgram {
  readonly instructions: readonly Instruction[];
  readonly slotCount: number;
  readonly splitCount: number;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  /** Whether what is matched from an instruction and a place on depends on nothing else, so that it need not be tried twice. */
  readonly isMemoizable: boolean;
  /** The characters that every match begins with, where that is known. */
  readonly firstSet: CharacterSet | undefined;
}

/** Flattens a tree to a program. Throws a `RegexSyntaxError` for what can't be run. */
export function createProgram({ node, groupCount, groupNames, hasBackreferences }: ParsedRegex): RegexProgram {
  const builder = new Builder(2 * (groupCount + 1));
  builder.emit({ kind: "save", slot: 0 });
  builder.add(node);
  builder.emit({ kind: "save", slot: 1 });
  builder.emit({ kind: "done" });
  return {
    instructions: builder.instructions,
    slotCount: builder.slotCount,
    splitCount: builder.splitCount,
    groupCount,
    groupNames,
    isMemoizable: !hasBackreferences,
    firstSet: firstSetOf(builder.instructions),
  };
}

function firstSetOf(instructions: readonly Instruction[]): CharacterSet | undefined {
  const first = instructions.find(({ kind }) => kind !== "save");
  return first?.kind === "set" ? first.set : undefined;
}

class Builder {
  readonly instructions: Instruction[] = [];
  slotCount: number;
  splitCount = 0;

  constructor(slotCount: number) {
    this.slotCount = slotCount;
  }

  emit<Kind extends Instruction>(instruction: Kind): Kind {
    if (this.instructions.length >= REGEX_INSTRUCTIONS_MAX) {
      throw new RegexSyntaxError(`the pattern is larger than ${REGEX_INSTRUCTIONS_MAX} instructions`, 0);
    }
    this.instructions.push(instruction);
    return instruction;
  }

  add(node: RegexNode): void {
    switch (node.kind) {
      case "set":
        this.emit({ kind: "set", set: node.set });
        return;
      case "sequence":
        for (const part of node.parts) this.add(part);
        return;
      case "choice":
        this.#addChoice(node.branches);
        return;
      case "repeat":
        this.#addRepeat(node);
        return;
      case "group":
        this.emit({ kind: "save", slot: 2 * node.index });
        this.add(node.body);
        this.emit({ kind: "save", slot: 2 * node.index + 1 });
        return;
      case "look":
        this.#addLook(node);
        return;
      case "atomic":
        this.#addPart({ kind: "atomic", end: 0 }, node.body);
        return;
      case "assertion":
        this.emit({ kind: "assertion", assertion: node.assertion });
        return;
      case "backreference":
        this.emit({ kind: "backreference", group: node.group, ignoresCase: node.ignoresCase });
        return;
      default:
        node satisfies never;
    }
  }

  #split(isLazy: boolean): (target: number) => void {
    const split = this.emit({ kind: "split", first: 0, second: 0, index: this.splitCount });
    this.splitCount += 1;
    const behind = this.instructions.length;
    if (isLazy) split.second = behind;
    else split.first = behind;
    return (target) => {
      if (isLazy) split.first = target;
      else split.second = target;
    };
  }

  #addChoice(branches: readonly RegexNode[]): void {
    const jumps: { to: number }[] = [];
    for (const [index, branch] of branches.entries()) {
      if (index === branches.length - 1) {
        this.add(branch);
      } else {
        const otherwise = this.#split(false);
        this.add(branch);
        jumps.push(this.emit({ kind: "jump", to: 0 }));
        otherwise(this.instructions.length);
      }
    }
    for (const jump of jumps) jump.to = this.instructions.length;
  }

  #addRepeat(node: RegexNode & { kind: "repeat" }): void {
    if (node.greed === "possessive") {
      this.#addPart({ kind: "atomic", end: 0 }, { ...node, greed: "greedy" });
      return;
    }
    const { body, min, max } = node;
    const isLazy = node.greed === "lazy";
    for (let round = 0; round < min; round += 1) this.add(body);
    if (max === Number.POSITIVE_INFINITY) {
      this.#addLoop(body, isLazy);
      return;
    }
    const exits: ((target: number) => void)[] = [];
    for (let round = min; round < max; round += 1) {
      exits.push(this.#split(isLazy));
      this.add(body);
    }
    for (const exit of exits) exit(this.instructions.length);
  }

  #addLoop(body: RegexNode, isLazy: boolean): void {
    const start = this.instructions.length;
    const exit = this.#split(isLazy);
    if (canBeEmpty(body)) {
      const slot = this.slotCount;
      this.slotCount += 1;
      this.emit({ kind: "save", slot });
      this.add(body);
      this.emit({ kind: "progress", slot });
    } else {
      this.add(body);
    }
    this.emit({ kind: "jump", to: start });
    exit(this.instructions.length);
  }

  #addLook({ body, isAhead, isNegated }: RegexNode & { kind: "look" }): void {
    if (isAhead) {
      this.#addPart({ kind: "ahead", end: 0, isNegated }, body);
      return;
    }
    const width = widthMax(body);
    if (!Number.isFinite(width)) throw new RegexSyntaxError("a look-behind needs a maximum length", 0);
    this.#addPart({ kind: "behind", end: 0, isNegated, widthMax: width }, body);
  }

  #addPart(head: Instruction & { end: number }, body: RegexNode): void {
    this.emit(head);
    this.add(body);
    this.emit({ kind: "done" });
    head.end = this.instructions.length;
  }
}
