import { ExpressionError } from "../errors.ts";

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Alnum: "a-zA-Z0-9",
  Upper: "A-Z",
  Lower: "a-z",
  Punct: "!-\\/:-@\\[-`\\{-~",
  Space: " \\t\\n\\x0B\\f\\r",
  Blank: " \\t",
  XDigit: "0-9a-fA-F",
  Cntrl: "\\x00-\\x1F\\x7F",
  Graph: "!-~",
  Print: " -~",
  ASCII: "\\x00-\\x7F",
  IsAlphabetic: "\\p{Alphabetic}",
  IsDigit: "\\p{Nd}",
  IsUppercase: "\\p{Lu}",
  IsLowercase: "\\p{Ll}",
  IsPunctuation: "\\p{P}",
  IsWhite_Space: "\\s",
};

/**
 * Compiles a Java regular expression. What only Java knows is translated where that is simple: leading flags `(?i)`,
 * possessive quantifiers and atomic groups (as greedy ones), `\Q…\E`, `\A`, `\z`, `\Z`, `\h`, POSIX classes. With `isWhole` it matches
 * whole texts only. Throws an ARGUMENT error.
 */
export function javaRegex(pattern: string, flags = "", isWhole = false): RegExp {
  const lead = /^\(\?([imsux]+)\)/u.exec(pattern);
  const given = Array.from(lead?.[1] ?? "").filter((flag) => "ims".includes(flag));
  const translated = translate(pattern.slice(lead?.[0].length ?? 0));
  const body = isWhole ? `^(?:${translated})$` : translated;
  const allFlags = Array.from(new Set([...flags.split(""), ...given])).join("");
  try {
    return new RegExp(body, `${allFlags}u`);
  } catch (strictError) {
    try {
      return new RegExp(body, allFlags);
    } catch {
      const reason = strictError instanceof Error ? strictError.message : String(strictError);
      throw new ExpressionError("ARGUMENT", `"${pattern}" is no regular expression: ${reason}`, { cause: strictError });
    }
  }
}

/** A Java replacement text (`$1`, `${name}`, `\$`) as JavaScript's. */
export function javaReplacement(replacement: string): string {
  return replacement.replaceAll(
    /\\(.)|\$\{(\w+)\}|\$(\d)|\$/gsu,
    (whole, escaped?: string, name?: string, group?: string) => {
      if (escaped !== undefined) return escaped === "$" ? "$$" : escaped;
      if (name !== undefined) return `$<${name}>`;
      return group === undefined ? "$$" : whole;
    },
  );
}

/** `String.split`: empty pieces at the end are dropped, unless there is a limit; a positive one bounds the pieces. */
export function javaSplit(text: string, delimiter: RegExp, limit: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (const match of text.matchAll(new RegExp(delimiter.source, `${delimiter.flags.replace("g", "")}g`))) {
    if (limit > 0 && pieces.length === limit - 1) break;
    const end = match.index + match[0].length;
    const isEmptyAtEdge = match[0] === "" && (match.index === 0 || match.index === text.length);
    if (isEmptyAtEdge) continue;
    pieces.push(text.slice(start, match.index));
    start = end;
  }
  pieces.push(text.slice(start));
  if (limit === 0) while (pieces.length > 1 && pieces.at(-1) === "") pieces.pop();
  return pieces;
}

function translate(pattern: string): string {
  let result = "";
  let isInClass = false;
  for (let index = 0; index < pattern.length;) {
    const rest = pattern.slice(index, index + 24);
    const quoted = rest.startsWith("\\Q") ? quotedEnd(pattern, index) : undefined;
    if (quoted !== undefined) {
      result += quoted.text;
      index = quoted.end;
      continue;
    }
    const step = translateStep(rest, isInClass);
    if (step.source === "[" && !isInClass) isInClass = true;
    else if (step.source === "]") isInClass = false;
    result += step.text;
    index += step.source.length;
  }
  return result;
}

function quotedEnd(pattern: string, start: number): { text: string; end: number } {
  const close = pattern.indexOf("\\E", start + 2);
  const inner = pattern.slice(start + 2, close === -1 ? pattern.length : close);
  return { text: inner.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&"), end: close === -1 ? pattern.length : close + 2 };
}

function translateStep(rest: string, isInClass: boolean): { source: string; text: string } {
  const posix = /^\\([pP])\{(\w+)\}/u.exec(rest);
  if (posix !== null) {
    const [source, letter, name = ""] = posix;
    const members = Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name] : undefined;
    if (members === undefined) return { source, text: `\\${letter}{${name.replace(/^Is/u, "")}}` };
    if (letter === "p") return { source, text: isInClass ? members : `[${members}]` };
    return { source, text: `[^${members}]` };
  }
  if (rest.startsWith("\\")) {
    const source = rest.slice(0, 2);
    const anchors: Readonly<Record<string, string>> = {
      "\\A": "^",
      "\\z": "$",
      "\\Z": "(?=\\n?$)",
      "\\h": isInClass ? " \\t" : "[ \\t]",
      "\\R": "(?:\\r\\n|[\\n\\r])",
      "\\-": isInClass ? "\\-" : "-",
      "\\'": "'",
      '\\"': '"',
      "\\_": "_",
      "\\ ": " ",
      "\\@": "@",
      "\\#": "#",
      "\\:": ":",
      "\\,": ",",
      "\\;": ";",
      "\\=": "=",
      "\\!": "!",
      "\\<": "<",
      "\\>": ">",
      "\\&": "&",
      "\\%": "%",
      "\\~": "~",
      "\\`": "`",
    };
    return { source, text: Object.hasOwn(anchors, source) ? anchors[source]! : source };
  }
  const possessive = isInClass ? null : /^([*+?]|\{\d+(?:,\d*)?\})\+/u.exec(rest);
  if (possessive !== null) return { source: possessive[0], text: possessive[1]! };
  const quantifier = isInClass ? null : /^\{\d+(?:,\d*)?\}/u.exec(rest);
  if (quantifier !== null) return { source: quantifier[0], text: quantifier[0] };
  if (rest.startsWith("(?>") && !isInClass) return { source: "(?>", text: "(?:" };
  const [source = ""] = rest;
  // Java reads a brace that begins no quantifier as itself.
  if (!isInClass && source === "}") return { source, text: "\\}" };
  return { source, text: source };
}
