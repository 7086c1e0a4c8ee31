export interface StoredLine {
  readonly time: bigint;
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
}

/** A selector with line filters: `{app="api", env=~"p.*"} |= "error" != "retried"`. */
export interface LogQuery {
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
  readonly filters: readonly { readonly isWanted: boolean; readonly text: string }[];
}

/** `count_over_time(… [5m])`, which may be within `sum(…)`, and have `> 3` behind it. */
export interface Counting {
  readonly log: LogQuery;
  readonly rangeNs: bigint;
  readonly isSum: boolean;
  readonly above: number | undefined;
}

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const MATCHER = String.raw`\w+\s*(?:=~|!~|!=|=)\s*${TEXT}`;
const LOG = String.raw`\{\s*${MATCHER}(?:\s*,\s*${MATCHER})*\s*\}(?:\s*(?:\|=|!=)\s*${TEXT})*`;
const LOG_QUERY = new RegExp(`^\\s*${LOG}\\s*$`);
const COUNTING = new RegExp(
  String.raw`^\s*(sum\s*\(\s*)?count_over_time\s*\((${LOG})\s*\[(\d+)([smh])\]\s*\)\s*\)?\s*(?:>\s*(\d+))?\s*$`,
);
const UNITS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n };

/** Throws `SyntaxError` for what is none of them, with Loki's words. */
export function parseLogQl(source: string): LogQuery | Counting {
  if (LOG_QUERY.test(source)) return logQueryOf(source);
  const counting = COUNTING.exec(source);
  if (counting === null) throw new SyntaxError("parse error at line 1, col 1: syntax error: unexpected IDENTIFIER");
  const [, sum, log = "", count = "", unit = "", above] = counting;
  return {
    log: logQueryOf(log),
    rangeNs: BigInt(count) * UNITS[unit]! * 1_000_000_000n,
    isSum: sum !== undefined,
    above: above === undefined ? undefined : Number(above),
  };
}

function logQueryOf(source: string): LogQuery {
  const end = new RegExp(String.raw`^\s*\{(?:[^"}]|${TEXT})*\}`).exec(source)![0].length;
  const matchers = source.slice(0, end).matchAll(new RegExp(String.raw`(\w+)\s*(=~|!~|!=|=)\s*(${TEXT})`, "g"));
  const filters = source.slice(end).matchAll(new RegExp(String.raw`(\|=|!=)\s*(${TEXT})`, "g"));
  return {
    matchers: Array.from(matchers, ([, label = "", operator = "", value = ""]) => ({
      label,
      operator,
      value: JSON.parse(value) as string,
    })),
    filters: Array.from(filters, ([, operator, text = ""]) => ({
      isWanted: operator === "|=",
      text: JSON.parse(text) as string,
    })),
  };
}

export function matches({ matchers, filters }: LogQuery, { labels, line }: StoredLine): boolean {
  return (
    matchers.every(({ label, operator, value }) => fits(labels[label] ?? "", operator, value)) &&
    filters.every(({ isWanted, text }) => line.includes(text) === isWanted)
  );
}

function fits(found: string, operator: string, value: string): boolean {
  const isEqual = operator.endsWith("~") ? new RegExp(`^(?:${value})$`).test(found) : found === value;
  return operator.startsWith("!") ? !isEqual : isEqual;
}
