import {
  defineTrigger,
  duration,
  dynamic,
  type PollingContext,
  recordLine,
  text,
  type TriggerEvent,
  type TriggerProgress,
} from "@capstan/sdk";
import { z } from "zod";
import { askLoki, type Connection, connectionProperties } from "./connection.ts";
import { type Entry, entryOutput, inOrderOfTime } from "./entries.ts";
import { lookbackMs } from "./lookback.ts";
import { endOf, type Looking, memoryOf, nanoseconds, positionOf, remember, TOLD_MAX, untold } from "./told-lines.ts";

/** Characters of lines as JSON that one execution gets; with the position they are less than outputs may be. */
export const LINES_CHARACTERS_MAX = 900_000;

/** Asks Loki again and again, and starts the flow for the lines that are new. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.grafana.loki.Trigger",
  aliases: ["io.kestra.plugin.grafana.loki.QueryResultTrigger"],
  title: "Start the flow for new lines in Loki",
  description:
    "Each line is told once, the oldest first, also across restarts; what does not fit into one execution waits for the next question. " +
    "A query that calculates values starts the flow at each question at which it has a result: write the condition into it.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      query: text().describe('What to look for, in LogQL, such as `{app="api"} |= "error"`.'),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT1M."),
      maxRecords: dynamic(z.int().min(1))
        .default(100)
        .describe(
          "How many lines one execution gets at most, 4000 if Loki gives no more than 5000 as it usually does. Default: 100.",
        ),
      since: text()
        .default("10m")
        .describe(
          `How far the first question looks back, and how late a line may come to Loki to be told still, such as 10m. Default: 10m. Late lines are told while no more than ${TOLD_MAX} were in that time.`,
        ),
      stateTtl: duration()
        .default(86_400_000)
        .describe("A trigger that asked nothing for longer than this begins anew. Default: P1D."),
      stateKey: text().optional().describe("Name of what was told. A trigger that gets another one begins anew."),
    }),
  outputs: () =>
    z.object({
      logs: z.array(entryOutput()).describe("The new lines, the oldest first, or the values."),
      count: z.int().describe("How many they are."),
      query: z.string().describe("The query."),
      resultType: z.string().describe("streams (lines) or vector (values)."),
      lastTimestamp: z.string().describe("The latest time of them."),
    }),
  examples: [
    {
      title: "Look at failed logins",
      code:
        "id: failed_logins\ntype: io.kestra.plugin.grafana.loki.Trigger\nurl: http://loki.example.com:3100\n" +
        'query: \'{app="auth"} |= "login failed"\'\ninterval: PT30S\nmaxRecords: 500\n',
    },
    {
      title: "Start while there are many errors",
      code:
        "id: many_errors\ntype: io.kestra.plugin.grafana.loki.Trigger\nurl: http://loki.example.com:3100\n" +
        'query: \'sum by (app) (count_over_time({env="prod"} |= "error" [5m])) > 100\'\ninterval: PT5M\n',
    },
  ],
  poll,
});

interface Properties extends Connection {
  readonly query: string;
  readonly maxRecords: number;
  readonly since: string;
  readonly stateTtl: number;
  readonly stateKey?: string | undefined;
}

async function poll({
  properties,
  position,
  log,
  now,
  signal,
}: PollingContext<Properties>): Promise<TriggerEvent | TriggerProgress | undefined> {
  const { query, maxRecords, since, stateTtl: stateTtlMs, stateKey = "" } = properties;
  const looking: Looking = { now: now(), sinceMs: lookbackMs(since), stateTtlMs, stateKey };
  const memory = memoryOf(position, looking);
  const limit = maxRecords + memory.told.size;
  const { entries, resultType } = await askLoki(signal, properties, "query_range", {
    query,
    start: String(memory.from),
    end: String(endOf(memory, looking)),
    limit: String(limit),
    direction: "forward",
  });
  if (resultType !== "streams") return valuesNow(properties, looking.now, signal);
  const fresh = untold(inOrderOfTime(entries, "FORWARD"), memory);
  const logs = fittingLines(fresh.slice(0, maxRecords));
  const { memory: remembered, mayMiss } = remember(memory, fresh.slice(0, logs.length), looking);
  if (mayMiss)
    log.warn(`More than ${TOLD_MAX} lines are of about ${fresh[logs.length - 1]!.timestamp}; some may not be told.`);
  if (fresh.length > logs.length || entries.length >= limit)
    log.info(`Told ${logs.length} lines; more of them wait for the next question.`);
  const next = positionOf(remembered, looking);
  return logs.length === 0 ? { position: next } : { variables: found(query, resultType, logs), position: next };
}

/** Over a range the values overlap from question to question; what counts is whether there are some at the moment. */
async function valuesNow(properties: Properties, now: number, signal: AbortSignal): Promise<TriggerEvent | undefined> {
  const { query } = properties;
  const time = String(nanoseconds(now));
  const { entries, resultType } = await askLoki(signal, properties, "query", { query, time });
  return entries.length === 0 ? undefined : { variables: found(query, resultType, entries) };
}

function found(query: string, resultType: string, logs: readonly Entry[]): TriggerEvent["variables"] {
  return { logs, count: logs.length, query, resultType, lastTimestamp: logs.at(-1)!.timestamp };
}

/** As many of the first lines as one execution may get. The first is always among them, cut if it must be: it would never fit. */
function fittingLines(lines: readonly Entry[]): readonly Entry[] {
  let characters = 0;
  const over = lines.findIndex((line) => (characters += recordLine(line).length) > LINES_CHARACTERS_MAX);
  if (over === -1) return lines;
  return over === 0 ? [cutToFit(lines[0]!)] : lines.slice(0, over);
}

function cutToFit(entry: Entry): Entry {
  let { line = "" } = entry;
  while (recordLine({ ...entry, line }).length > LINES_CHARACTERS_MAX) line = line.slice(0, line.length / 2);
  return { ...entry, line };
}
