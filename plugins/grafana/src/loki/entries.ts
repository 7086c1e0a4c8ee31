import { TaskFailure } from "@capstan/sdk";
import { z } from "zod";

/** A line of a log, or a value of a query that calculates some. */
export interface Entry {
  /** Of a line epoch nanoseconds, of a value epoch seconds: as Loki writes them, as no number of JavaScript holds the former. */
  readonly timestamp: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly line?: string;
  readonly value?: string;
}

export interface LokiResult {
  readonly resultType: string;
  readonly entries: readonly Entry[];
}

/** What Loki answers for a query. */
export interface LokiAnswer {
  readonly data: { readonly resultType: string; readonly result: readonly unknown[] };
}

/** An entry in the outputs. */
export const entryOutput = () =>
  z.object({
    timestamp: z.string().describe("Of a line, epoch nanoseconds; of a value, epoch seconds."),
    labels: z.record(z.string(), z.string()).describe("Labels of the stream, or of the series."),
    line: z.string().optional().describe("The line of the log."),
    value: z.string().optional().describe("The value, where the query calculates values."),
  });

type Labels = Entry["labels"];

/** All entries of a result, stream by stream. Throws `TaskFailure` for a type of result that is not known. */
export function entriesOf({ resultType, result }: LokiAnswer["data"]): readonly Entry[] {
  switch (resultType) {
    case "streams":
      return (result as readonly { stream: Labels; values: readonly [string, string][] }[]).flatMap(
        ({ stream: labels, values }) => values.map(([timestamp, line]) => ({ timestamp, labels, line })),
      );
    case "matrix":
      return (result as readonly { metric: Labels; values: readonly [number, string][] }[]).flatMap(
        ({ metric: labels, values }) => values.map(([time, value]) => ({ timestamp: String(time), labels, value })),
      );
    case "vector":
      return (result as readonly { metric: Labels; value: [number, string] }[]).map(
        ({ metric: labels, value: [time, value] }) => ({ timestamp: String(time), labels, value }),
      );
    case "scalar": {
      const [time, value] = result as [number, string];
      return [{ timestamp: String(time), labels: {}, value }];
    }
    default:
      throw new TaskFailure(
        `The result has the type "${resultType}", which is none of streams, matrix, vector and scalar. Check that \`url\` is that of Loki.`,
      );
  }
}

/** Lines of all streams in the order of their times; lines of one time stay as they are. */
export function inOrderOfTime(lines: readonly Entry[], direction: "FORWARD" | "BACKWARD"): readonly Entry[] {
  const sign = direction === "FORWARD" ? 1 : -1;
  return lines
    .map((entry) => ({ entry, time: BigInt(entry.timestamp) }))
    .toSorted((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -sign : sign))
    .map(({ entry }) => entry);
}
