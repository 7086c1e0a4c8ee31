import { isLineEnd, isWordCharacter } from "./character-set.ts";
import type { Assertion } from "./ast.ts";
import type { Instruction, RegexProgram } from "./program.ts";

/** Steps of an attempt before places that failed are written down. */
const STEPS_UNTIL_MEMO = 2_000;
/** The largest table of places that failed, in bits: 32 MB. Beyond, only the budget ends an attempt. */
const MEMO_BITS_MAX = 2 ** 28;
/** How many steps are counted before they are charged. */
const STEPS_PER_CHARGE = 1_000;
/** Bytes of a fresh table that cost as much as a step. */
const BYTES_PER_STEP = 16;

/** Instructions that neither move the pointer by themselves nor leave a choice behind. */
type Condition = Exclude<Instruction, { kind: "set" | "split" | "jump" | "save" | "done" }>;

/**
 * Runs a program on one text by backtracking. Time is bounded twice: from some steps on, no pair of a split and a place is
 * tried again, which makes the time linear in the text; and all steps are charged to the caller, who may throw.
 */
export class Matcher {
  readonly #program: RegexProgram;
  readonly #text: string;
  readonly #charge: (steps: number) => void;
  readonly #slots: Int32Array;
  #steps = 0;
  #memo: Uint8Array | undefined;

  constructor(program: RegexProgram, text: string, charge: (steps: number) => void) {
    this.#program = program;
    this.#text = text;
    this.#charge = charge;
    this.#slots = new Int32Array(program.slotCount);
  }

  /** Start and end of the match and of its groups, -1 for a group that took no part; undefined without a match. */
  find(from: number): readonly number[] | undefined {
    const { firstSet } = this.#program;
    const text = this.#text;
    this.#steps = 0;
    this.#memo = undefined;
    let found: readonly number[] | undefined;
    for (let start = from; start <= text.length && found === undefined; start += 1) {
      const code = text.codePointAt(start);
      if (firstSet === undefined || (code !== undefined && firstSet(code))) found = this.#matchAt(start);
      else this.#count();
      if (code !== undefined && code > 0xffff) start += 1;
    }
    this.#charge(this.#steps % STEPS_PER_CHARGE);
    return found;
  }

  /** Whether there is a match that begins here. */
  matchesAt(start: number): boolean {
    this.#steps = 0;
    this.#memo = undefined;
    const isMatch = this.#matchAt(start) !== undefined;
    this.#charge(this.#steps % STEPS_PER_CHARGE);
    return isMatch;
  }

  #matchAt(start: number): readonly number[] | undefined {
    this.#slots.fill(-1);
    if (this.#run(0, start, -1) === -1) return undefined;
    return Array.from(this.#slots.subarray(0, 2 * (this.#program.groupCount + 1)));
  }

  #count(): void {
    this.#steps += 1;
    if (this.#steps % STEPS_PER_CHARGE === 0) this.#charge(STEPS_PER_CHARGE);
  }

  /** Runs from an instruction to its `done`, which counts only at the place `target` unless that is -1. Answers the end, -1 for none. */
  #run(start: number, from: number, target: number): number {
    const { instructions } = this.#program;
    const text = this.#text;
    const slots = this.#slots;
    // Triples: an instruction and a place to go on from, or -1, a slot and its former value.
    const stack: number[] = [];
    let pointer = start;
    let place = from;
    const isOutermost = start === 0;
    let hasFailed = false;
    for (;;) {
      if (hasFailed) {
        hasFailed = false;
        const kind = stack.pop();
        if (kind === undefined) return -1;
        const second = stack.pop()!;
        const first = stack.pop()!;
        if (kind === 1) {
          slots[first] = second;
          hasFailed = true;
          continue;
        }
        pointer = first;
        place = second;
      }
      this.#count();
      const instruction = instructions[pointer]!;
      pointer += 1;
      switch (instruction.kind) {
        case "set": {
          const code = text.codePointAt(place);
          if (code === undefined || !instruction.set(code)) hasFailed = true;
          else place += code > 0xffff ? 2 : 1;
          break;
        }
        case "split":
          // A part that runs by itself may succeed more than once, so that a place seen before says nothing.
          if (isOutermost && this.#wasTried(instruction.index, place)) {
            hasFailed = true;
          } else {
            stack.push(instruction.second, place, 0);
            pointer = instruction.first;
          }
          break;
        case "jump":
          pointer = instruction.to;
          break;
        case "save":
          stack.push(instruction.slot, slots[instruction.slot]!, 1);
          slots[instruction.slot] = place;
          break;
        case "done":
          if (target === -1 || place === target) return place;
          hasFailed = true;
          break;
        default: {
          const end = this.#passed(instruction, pointer, place, stack);
          if (end === -1) hasFailed = true;
          else place = end;
          if ("end" in instruction) pointer = instruction.end;
        }
      }
    }
  }

  /** The place behind an instruction that needs no choice, -1 when it fails. What belongs to it begins at `pointer`. */
  #passed(instruction: Condition, pointer: number, place: number, stack: number[]): number {
    const onlyIf = (isMet: boolean): number => (isMet ? place : -1);
    switch (instruction.kind) {
      case "progress":
        return onlyIf(this.#slots[instruction.slot] !== place);
      case "assertion":
        return onlyIf(holds(instruction.assertion, this.#text, place));
      case "atomic":
        return this.#runApart(pointer, place, -1, stack);
      case "ahead":
        return onlyIf((this.#runApart(pointer, place, -1, stack) === -1) === instruction.isNegated);
      case "behind":
        return onlyIf(this.#endsAt(pointer, place, instruction.widthMax, stack) !== instruction.isNegated);
      case "backreference":
        return this.#repeated(instruction.group, place, instruction.ignoresCase);
      default:
        return instruction satisfies never;
    }
  }

  /** Runs a part by itself; what it wrote down can still be taken back by the run around it. */
  #runApart(start: number, from: number, target: number, stack: number[]): number {
    const before = this.#slots.slice();
    const end = this.#run(start, from, target);
    if (end === -1) return -1;
    for (const [slot, value] of before.entries()) {
      if (this.#slots[slot] !== value) stack.push(slot, value, 1);
    }
    return end;
  }

  #endsAt(start: number, place: number, widthMax: number, stack: number[]): boolean {
    for (let from = place; from >= Math.max(0, place - widthMax); from -= 1) {
      if (this.#runApart(start, from, place, stack) !== -1) return true;
    }
    return false;
  }

  /** Whether a split of the outermost run was tried at this place before, in vain. */
  #wasTried(index: number, place: number): boolean {
    if (!this.#program.isMemoizable || this.#steps < STEPS_UNTIL_MEMO) return false;
    const bit = index * (this.#text.length + 1) + place;
    if (this.#memo === undefined) {
      const bits = this.#program.splitCount * (this.#text.length + 1);
      if (bits > MEMO_BITS_MAX) return false;
      this.#memo = new Uint8Array(Math.ceil(bits / 8));
      this.#charge(Math.ceil(this.#memo.length / BYTES_PER_STEP));
    }
    const byte = bit >> 3;
    const mask = 1 << (bit & 7);
    if ((this.#memo[byte]! & mask) !== 0) return true;
    this.#memo[byte]! |= mask;
    return false;
  }

  #repeated(group: number, place: number, ignoresCase: boolean): number {
    const start = this.#slots[2 * group]!;
    const end = this.#slots[2 * group + 1]!;
    if (start === -1 || end === -1) return -1;
    const wanted = this.#text.slice(start, end);
    const given = this.#text.slice(place, place + wanted.length);
    const isSame = ignoresCase ? wanted.toLowerCase() === given.toLowerCase() : wanted === given;
    return isSame ? place + wanted.length : -1;
  }
}

function holds(assertion: Assertion, text: string, place: number): boolean {
  switch (assertion) {
    case "start":
      return place === 0;
    case "end":
      return place === text.length;
    case "end-or-last-line":
      return place === text.length || (place >= text.length - 2 && isLastLineEnd(text, place));
    case "line-start":
      return place === 0 || (place < text.length && isLineEnd(text.charCodeAt(place - 1)) && !splitsPair(text, place));
    case "line-end":
      return place === text.length || (isLineEnd(text.charCodeAt(place)) && !splitsPair(text, place));
    case "word-boundary":
      return isAtWordBoundary(text, place);
    case "no-word-boundary":
      return !isAtWordBoundary(text, place);
    default:
      return assertion satisfies never;
  }
}

function isLastLineEnd(text: string, place: number): boolean {
  const rest = text.slice(place);
  return rest === "\r\n" || (rest.length === 1 && isLineEnd(rest.charCodeAt(0)) && !splitsPair(text, place));
}

function splitsPair(text: string, place: number): boolean {
  return text[place - 1] === "\r" && text[place] === "\n";
}

function isAtWordBoundary(text: string, place: number): boolean {
  const isWordAt = (index: number): boolean =>
    index >= 0 && index < text.length && isWordCharacter(text.charCodeAt(index));
  return isWordAt(place - 1) !== isWordAt(place);
}
