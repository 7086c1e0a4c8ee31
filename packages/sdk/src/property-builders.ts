import { dynamic, dynamicMap, parseDuration, text } from "@capstan/model";
import { z } from "zod";

/** A length of time: ISO-8601 text such as `PT1H30M`, a number of seconds, or an expression. The task gets milliseconds. */
export function duration() {
  return dynamic(
    z.union([
      z.string().transform((source, context) => {
        const milliseconds = parseDuration(source);
        if (milliseconds !== undefined) return milliseconds;
        context.addIssue({ code: "custom", message: "Expected a duration such as PT30S or P1D" });
        return z.NEVER;
      }),
      z.number().transform((seconds) => seconds * 1_000),
    ]),
  );
}

/** A point in time: ISO-8601 text such as `2024-03-01T10:00:00Z`, or an expression. The task gets epoch milliseconds. */
export function instant() {
  return dynamic(
    z.string().transform((source, context) => {
      const time = parseInstant(source);
      if (time !== undefined) return time;
      context.addIssue({ code: "custom", message: "Expected a date with a time zone such as 2024-03-01T10:00:00Z" });
      return z.NEVER;
    }),
  );
}

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2}(?::\d{2})?)(?:\[[^\]]+])?)?$/;

/**
 * Epoch milliseconds of an ISO-8601 date and time with an offset (`[Zone/Id]` behind it is ignored), or of a bare date, which
 * is its midnight in UTC. Undefined for anything else.
 */
export function parseInstant(source: string): number | undefined {
  const match = INSTANT.exec(source.trim());
  if (match === null) return undefined;
  const [, date, time, fraction, offset] = match;
  const milliseconds = Date.parse(
    time === undefined ? `${date}T00:00:00Z` : `${date}T${time}${fraction?.slice(0, 4) ?? ""}${offset}`,
  );
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** A list of texts; one text alone is a list of one, unless it is (or renders to) a JSON list. The task gets the list. */
export function listOrText() {
  return dynamic(z.union([z.array(text()), text().transform((source) => listOf(source))]));
}

function listOf(source: string): string[] {
  if (!source.trimStart().startsWith("[")) return [source];
  try {
    const parsed: unknown = JSON.parse(source);
    return Array.isArray(parsed)
      ? parsed.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry)))
      : [source];
  } catch {
    return [source]; // A file name may well start with a bracket.
  }
}

/** A map of texts, or an expression that renders to one. */
export function textMap() {
  return dynamic(z.record(z.string(), text()));
}

/** Any map: keys and strings in it are rendered to text at every depth, other values are kept. Never a string for the task. */
export function anyMap() {
  return dynamicMap() as unknown as z.ZodType<Record<string, unknown>>;
}

/** Any JSON value, which must be there; where the whole value is one expression, it keeps the type that the expression has. */
export function anyValue() {
  return dynamic(z.unknown().refine((value) => value !== undefined));
}

/** What the task renders itself, although with the variables of its execution: it decides what a mistake in it means. */
export function renderedByTask<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ renderedByTask: true });
}

declare module "zod" {
  interface GlobalMeta {
    renderedByTask?: boolean;
  }
}

/** Text that the task renders itself, with more variables than the execution has (one record, one response). */
export function renderedLater() {
  return text().meta({ foreignContext: true });
}
