import { matchesPattern } from "@capstan/expression";

/** What is written before a regular expression in the place of a glob. */
export const REGEX_PREFIX = "regex:";

/** Whether it may stand for other files than the one of that name. */
export function isPattern(glob: string): boolean {
  return /[*?[{]|^(?:glob|regex):/.test(glob);
}

/**
 * Whether a path matches a glob of files: `*`, `**`, `?`, `[ab]` and `{a,b}`. Takes time in proportion to the lengths of
 * both, whatever the glob is: it comes from a flow. A bracket that is never closed stands for itself. `regex:` before it makes
 * it a regular expression of the whole path, which may begin with `/`; throws then what `matchesPattern` throws.
 */
export function matchesGlob(path: string, glob: string): boolean {
  if (glob.startsWith(REGEX_PREFIX)) return matchesRegex(withoutRoot(path), glob.slice(REGEX_PREFIX.length));
  const tokens = tokensOf(withoutRoot(glob.replace(/^glob:/, "")));
  let positions = withSkips(new Set([0]), tokens);
  for (const sign of withoutRoot(path)) {
    const next = new Set<number>();
    for (const position of positions) {
      const token = tokens[position];
      if (token === undefined || !("takes" in token) || !token.takes(sign)) continue;
      next.add(token.repeats ? position : position + 1);
    }
    positions = withSkips(next, tokens);
    if (positions.size === 0) return false;
  }
  return positions.has(tokens.length);
}

/** A sign that is taken, as often as there is one when it repeats; or places to go on at. */
type Token = { readonly takes: (sign: string) => boolean; readonly repeats: boolean } | { readonly jumps: number[] };

const matchesRegex = (path: string, pattern: string) =>
  matchesPattern(pattern, path) || matchesPattern(pattern, `/${path}`);

const withoutRoot = (path: string) => path.replace(/^\.?\//, "");

/** Adds every place that is reached without taking a sign. */
function withSkips(start: ReadonlySet<number>, tokens: readonly Token[]): Set<number> {
  const found = new Set<number>(start);
  for (const position of found) {
    const token = tokens[position];
    if (token === undefined) continue;
    if ("jumps" in token) for (const target of token.jumps) found.add(target);
    else if (token.repeats) found.add(position + 1);
  }
  return found;
}

const ANY = () => true;
const NO_SEPARATOR = (sign: string) => sign !== "/";

function tokensOf(glob: string): Token[] {
  const tokens: Token[] = [];
  const signs = Array.from(glob);
  const choices: { readonly jumps: number[]; readonly ends: number[][] }[] = [];
  for (let index = 0; index < signs.length; index += 1) {
    const sign = signs[index]!;
    const choice = choices.at(-1);
    if (sign === "*" && signs[index + 1] === "*") {
      index += signs[index + 2] === "/" ? 2 : 1;
      tokens.push({ takes: ANY, repeats: true });
    } else if (sign === "*") tokens.push({ takes: NO_SEPARATOR, repeats: true });
    else if (sign === "?") tokens.push({ takes: NO_SEPARATOR, repeats: false });
    else if (sign === "[" && signs.includes("]", index + 2)) {
      const end = signs.indexOf("]", index + 2);
      tokens.push({ takes: classOf(signs.slice(index + 1, end)), repeats: false });
      index = end;
    } else if (sign === "{" && signs.includes("}", index)) {
      const jumps = [tokens.length + 1];
      choices.push({ jumps, ends: [] });
      tokens.push({ jumps });
    } else if (sign === "," && choice !== undefined) {
      const end: number[] = [];
      choice.ends.push(end);
      tokens.push({ jumps: end });
      choice.jumps.push(tokens.length);
    } else if (sign === "}" && choice !== undefined) {
      for (const end of choice.ends) end.push(tokens.length);
      choices.pop();
    } else tokens.push({ takes: (other) => other === sign, repeats: false });
  }
  // What is never closed ends where the glob ends.
  for (const { ends } of choices) for (const end of ends) end.push(tokens.length);
  return tokens;
}

/** `a-c`, `abc` or, behind `!` or `^`, everything else. */
function classOf(signs: readonly string[]): (sign: string) => boolean {
  const isOpposite = signs[0] === "!" || signs[0] === "^";
  const ranges: (readonly [string, string])[] = [];
  for (let index = isOpposite ? 1 : 0; index < signs.length; index += 1) {
    const isRange = signs[index + 1] === "-" && index + 2 < signs.length;
    ranges.push([signs[index]!, signs[isRange ? index + 2 : index]!]);
    if (isRange) index += 2;
  }
  return (sign) => sign !== "/" && ranges.some(([from, to]) => sign >= from && sign <= to) !== isOpposite;
}
