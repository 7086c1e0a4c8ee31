import { dynamic, FETCHED_CHARACTERS_MAX, type Outputs, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { askLoki, type Connection, connectionProperties, type QueryParameters } from "./connection.ts";
import { type Entry, entryOutput, inOrderOfTime } from "./entries.ts";

export const DIRECTIONS = ["FORWARD", "BACKWARD"] as const;

/** What all tasks that ask Loki have in common. */
export const queryProperties = () => ({
  ...connectionProperties(),
  query: text().describe('What to ask, in LogQL, such as `{app="api"} |= "error"`.'),
  limit: dynamic(z.int().min(1))
    .default(100)
    .describe("How many lines at most. Default: 100. Loki gives no more than 5000, if it isn't told otherwise."),
  direction: dynamic(z.enum(DIRECTIONS))
    .default("BACKWARD")
    .describe("Which lines come first: the newest (BACKWARD) or the oldest (FORWARD). Default: BACKWARD."),
});

export const rangeProperties = () => ({
  start: text()
    .optional()
    .describe("Lines from this time on: RFC 3339, or epoch nanoseconds. Default: an hour before `end`."),
  end: text().optional().describe("Lines before this time. Default: now."),
  since: text().optional().describe("How long before `end` to start, such as `30m`, where no `start` is given."),
  step: text().optional().describe("Time between two values, such as `1m`, of a query that calculates values."),
  interval: text().optional().describe("Give only one line in each such time, such as `10s`."),
});

export const queryOutputs = () => ({
  logs: z.array(entryOutput()).describe("Lines in the order of their times, or values series by series."),
  resultType: z.string().describe("streams (lines), matrix or vector (values)."),
});

export interface Asked {
  readonly logs: readonly Entry[];
  readonly resultType: string;
}

interface QueryProperties extends Connection {
  readonly query: string;
  readonly limit: number;
  readonly direction: (typeof DIRECTIONS)[number];
}

/** Asks Loki as a task does: with a line in the log, and a metric. Lines of all streams are put in one order. */
export async function ask(
  { properties, signal, log, metric }: Pick<TaskContext<QueryProperties>, "properties" | "signal" | "log" | "metric">,
  endpoint: "query" | "query_range",
  parameters: QueryParameters,
): Promise<Asked> {
  const { query, limit, direction } = properties;
  const all = { query, limit: String(limit), direction: direction.toLowerCase(), ...parameters };
  const { entries, resultType } = await askLoki(signal, properties, endpoint, all);
  const logs = resultType === "streams" ? inOrderOfTime(entries, direction) : entries;
  log.info(`Loki gave ${logs.length} ${logs.length === 1 ? "entry" : "entries"} (${resultType}).`);
  metric({ name: "records", type: "counter", value: logs.length });
  return { logs, resultType };
}

export type RangeProperties = QueryProperties & {
  readonly [Name in keyof ReturnType<typeof rangeProperties>]?: string | undefined;
};

export function askRange(
  context: Pick<TaskContext<RangeProperties>, "properties" | "signal" | "log" | "metric">,
): Promise<Asked> {
  const { start, end, since, step, interval } = context.properties;
  return ask(context, "query_range", { start, end, since, step, interval });
}

/** The outputs, if they are not more than outputs may be. Throws `TaskFailure` that says so. */
export function fitting(outputs: Asked & Outputs): Outputs {
  const characters = JSON.stringify(outputs).length;
  if (characters <= FETCHED_CHARACTERS_MAX) return outputs;
  throw new TaskFailure(
    `The ${outputs.logs.length} entries are ${characters} characters of JSON, and outputs hold ${FETCHED_CHARACTERS_MAX}. ` +
      "Lower `limit`, take a shorter time, or let the query filter more.",
  );
}
