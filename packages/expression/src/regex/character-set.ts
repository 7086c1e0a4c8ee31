/** Whether a code point belongs to a set. */
export type CharacterSet = (code: number) => boolean;

const TABLE_SIZE = 128;

/** The same set, with the answers for ASCII looked up. */
export function tabled(set: CharacterSet): CharacterSet {
  const table = Uint8Array.from({ length: TABLE_SIZE }, (_, code) => Number(set(code)));
  return (code) => (code < TABLE_SIZE ? table[code] === 1 : set(code));
}

export const single =
  (wanted: number): CharacterSet =>
  (code) =>
    code === wanted;

export const range =
  (first: number, last: number): CharacterSet =>
  (code) =>
    code >= first && code <= last;

export const not =
  (set: CharacterSet): CharacterSet =>
  (code) =>
    !set(code);

export function union(sets: readonly CharacterSet[]): CharacterSet {
  if (sets.length === 1) return sets[0]!;
  return (code) => sets.some((set) => set(code));
}

export function intersection(sets: readonly CharacterSet[]): CharacterSet {
  if (sets.length === 1) return sets[0]!;
  return (code) => sets.every((set) => set(code));
}

/** The characters of a text. */
export function anyOf(characters: string): CharacterSet {
  const codes = new Set(Array.from(characters, (character) => character.codePointAt(0)!));
  return (code) => codes.has(code);
}

/** The set with the other case of each of its letters. */
export function inEitherCase(set: CharacterSet): CharacterSet {
  return (code) => {
    if (set(code)) return true;
    const character = String.fromCodePoint(code);
    return hasSingle(character.toLowerCase(), set) || hasSingle(character.toUpperCase(), set);
  };
}

function hasSingle(text: string, set: CharacterSet): boolean {
  const code = text.codePointAt(0)!;
  return text.length === (code > 0xffff ? 2 : 1) && set(code);
}

const LINE_ENDS = anyOf("\n\r\u0085\u2028\u2029");
const VERTICAL = anyOf("\n\u000B\f\r\u0085\u2028\u2029");
const HORIZONTAL = union([anyOf(" \t\u00A0\u1680\u180E\u202F\u205F\u3000"), range(0x2000, 0x200a)]);
const DIGIT = range(0x30, 0x39);
const LOWER = range(0x61, 0x7a);
const UPPER = range(0x41, 0x5a);
const ALPHA = union([LOWER, UPPER]);

export const isLineEnd: CharacterSet = LINE_ENDS;
export const isWordCharacter: CharacterSet = tabled(union([ALPHA, DIGIT, single(0x5f)]));

/** What `.` matches; with the flag `s` it matches everything. */
export const notALineEnd: CharacterSet = tabled(not(LINE_ENDS));
export const anyCharacter: CharacterSet = () => true;

/** What a letter behind a backslash stands for. */
export const CLASS_ESCAPES: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", DIGIT],
  ["D", not(DIGIT)],
  ["w", isWordCharacter],
  ["W", not(isWordCharacter)],
  ["s", anyOf(" \t\n\u000B\f\r")],
  ["S", not(anyOf(" \t\n\u000B\f\r"))],
  ["h", HORIZONTAL],
  ["H", not(HORIZONTAL)],
  ["v", VERTICAL],
  ["V", not(VERTICAL)],
  ["N", not(LINE_ENDS)],
]);

const ASCII_PROPERTIES: ReadonlyMap<string, CharacterSet> = new Map([
  ["Lower", LOWER],
  ["Upper", UPPER],
  ["ASCII", range(0, 0x7f)],
  ["Alpha", ALPHA],
  ["Digit", DIGIT],
  ["Alnum", union([ALPHA, DIGIT])],
  ["Punct", union([range(0x21, 0x2f), range(0x3a, 0x40), range(0x5b, 0x60), range(0x7b, 0x7e)])],
  ["Graph", range(0x21, 0x7e)],
  ["Print", range(0x20, 0x7e)],
  ["Blank", anyOf(" \t")],
  ["Cntrl", union([range(0, 0x1f), single(0x7f)])],
  ["XDigit", union([DIGIT, range(0x61, 0x66), range(0x41, 0x46)])],
  ["Space", anyOf(" \t\n\u000B\f\r")],
]);

const BINARY_PROPERTIES: ReadonlyMap<string, string> = new Map([
  ["IsAlphabetic", "Alphabetic"],
  ["IsLetter", "L"],
  ["IsDigit", "Nd"],
  ["IsUppercase", "Uppercase"],
  ["IsLowercase", "Lowercase"],
  ["IsPunctuation", "P"],
  ["IsWhite_Space", "White_Space"],
  ["IsControl", "Cc"],
  ["IsIdeographic", "Ideographic"],
  ["javaLowerCase", "Ll"],
  ["javaUpperCase", "Lu"],
  ["javaWhitespace", "White_Space"],
  ["javaLetter", "L"],
  ["javaLetterOrDigit", "Alphabetic"],
]);

/** `\p{name}` of Java: POSIX classes, Unicode categories, scripts and binary properties. Undefined for an unknown name. */
export function propertySet(name: string): CharacterSet | undefined {
  const ascii = ASCII_PROPERTIES.get(name);
  if (ascii !== undefined) return ascii;
  const plain = name.replace(/^Is/u, "");
  const key = name.includes("=") ? name.replace(/^(?:block|blk)=.*/u, "") : "";
  const candidates = [BINARY_PROPERTIES.get(name), key, plain, `Script=${plain}`];
  for (const candidate of candidates) {
    const pattern = candidate === undefined || candidate === "" ? undefined : unicodeProperty(candidate);
    // One character is matched at a time, so this never backtracks.
    if (pattern !== undefined) return (code) => pattern.test(String.fromCodePoint(code));
  }
  return undefined;
}

function unicodeProperty(name: string): RegExp | undefined {
  try {
    return new RegExp(`^\\p{${name}}$`, "u");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
