import type { logRoutes } from "@capstan/api";
import {
  lineMatcher,
  type LogBatch,
  type LogEntry,
  type LogFilter,
  type LogPage,
  type LogPlace,
  passesAll,
  type Store,
} from "@capstan/store";
import { Readable } from "node:stream";
import type { EventStream } from "../event-stream.ts";
import type { Call, Handlers } from "../mount.ts";
import { logText, presentLog } from "../presentation/rows.ts";
import { Refusal } from "../refusal.ts";
import { readFilter } from "../requests/read-filter.ts";
import { refuseUnknown } from "../requests/criteria.ts";
import { logRules } from "../requests/filters.ts";
import { presentRoughPage, readPage } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { attachment } from "./execution-files.ts";
import { existingExecution } from "./execution-lookup.ts";

/** Lines read from the store at once. */
const LOG_PAGE_LINES = 1000;

export function logHandlers(service: Service): Handlers<typeof logRoutes> {
  const { store } = service.runtime;
  return {
    searchLogs: async ({ tenant, query: { cursor, ...query }, reply }) => {
      if (cursor !== undefined && cursor !== "")
        throw new Refusal("cursor-unknown", "Pages of logs are asked for by page and size; no cursor was given out");
      const filter = await readFilter(service, query, { tenant }, logRules);
      const page = { ...readPage(query, { timestamp: "timestamp" }), roughly: true };
      return presentRoughPage(await store.logs.search(filter, page), reply, presentLog);
    },
    listExecutionLogs: async (call) => {
      const pages = storedPages(store, await executionFilter(service, call));
      call.reply.type("application/json; charset=utf-8");
      return Readable.from(jsonList(pages), { objectMode: false });
    },
    downloadExecutionLogs: async (call) => {
      const pages = storedPages(store, await executionFilter(service, call));
      call.reply.header("content-disposition", attachment(`${call.parameters.executionId}.log`));
      return Readable.from(textLines(pages), { objectMode: false });
    },
    followExecutionLogs: async (call) => {
      await existingExecution(service, call.tenant, call.parameters.executionId);
      const filter = await executionFilter(service, call);
      const stream = service.streams.open(call.reply);
      followLog(service, filter, call.parameters.executionId, stream).catch((error: unknown) => {
        call.request.log.error({ err: error }, "a log can't be followed any further");
        stream.end();
      });
      return call.reply;
    },
    deleteExecutionLogs: async (call) => {
      refuseUnknown(call.query, [...Object.keys(logRules), "attempt"]);
      await store.commit({ removedLogs: [await executionFilter(service, call)] });
    },
    deleteFlowLogs: async ({ tenant, parameters: { namespace, flowId }, query: { triggerId } }) => {
      await store.commit({ removedLogs: [{ tenant, namespace, flowId, triggerId }] });
    },
  };
}

/** Page after page, so that a log of any length takes little memory. */
async function* storedPages(store: Store, filter: LogFilter): AsyncGenerator<readonly LogEntry[]> {
  for (let end: LogPlace | undefined; ;) {
    const page = await readLines(store, filter, end);
    if (page.rows.length > 0) yield page.rows;
    if (page.rows.length < LOG_PAGE_LINES) return;
    end = page.end;
  }
}

function readLines(store: Store, filter: LogFilter, after: LogPlace | undefined): Promise<LogPage> {
  const page = { offset: 0, limit: LOG_PAGE_LINES, uncounted: true };
  return store.logs.search(filter, after === undefined ? page : { ...page, after });
}

async function* jsonList(pages: AsyncIterable<readonly LogEntry[]>): AsyncGenerator<string> {
  let before = "[";
  for await (const rows of pages) {
    yield before + rows.map((row) => JSON.stringify(presentLog(row))).join(",");
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}

async function* textLines(pages: AsyncIterable<readonly LogEntry[]>): AsyncGenerator<string> {
  let before = "";
  for await (const rows of pages) {
    yield before + rows.map(logText).join("\n");
    before = "\n";
  }
}

/**
 * Sends every stored line as fast as it is read, then live ones, each once. Of the lines that come while a page is read, later
 * pages hold those that are behind its end; the others are sent with it, unless this page or the one before has them.
 */
async function followLog(
  { runtime }: Service,
  filter: LogFilter,
  executionId: string,
  stream: EventStream,
): Promise<void> {
  const send = (line: LiveLine) => stream.send("progress", presentLog(line));
  let early: LogBatch[] = [];
  let isLive = false;
  const following = runtime.executions.followLogs(filter.tenant, executionId, (batch) => {
    if (!isLive) early.push(batch);
    else for (const line of linesOf(batch, filter)) send(line);
  });
  stream.onEnd(() => following.stop());
  let before: LogPage = { rows: [], total: 0 };
  while (stream.isOpen) {
    const page = await readLines(runtime.store, filter, before.end);
    const isLast = page.rows.length < LOG_PAGE_LINES;
    const heard = early.flatMap((batch) => linesOf(batch, filter));
    early = [];
    isLive = isLast;
    for (const row of page.rows) send(row);
    const sent = new Set([...before.rows, ...page.rows].map(identity));
    const isBefore = ({ time }: LiveLine) => isLast || page.end === undefined || time <= page.end.time;
    for (const line of heard) if (isBefore(line) && !sent.has(identity(line))) send(line);
    if (isLast) return;
    await stream.drained();
    before = page;
  }
}

type LogCall = Pick<Call<(typeof logRoutes)["listExecutionLogs"]>, "tenant" | "parameters" | "query">;

/** Throws 404 when there is no such execution, nor lines that were kept when it was deleted. */
async function executionFilter(service: Service, { tenant, parameters, query }: LogCall): Promise<LogFilter> {
  const { executionId } = parameters;
  const kept = await service.runtime.store.logs.search(
    { tenant, executionId },
    { offset: 0, limit: 1, uncounted: true },
  );
  if (kept.rows.length === 0) await existingExecution(service, tenant, executionId);
  const { minLevel: _minLevel, ...filters } = query;
  return {
    ...(await readFilter(service, filters, { tenant, executionId }, logRules)),
    tenant,
    executionId,
    ...(query.minLevel !== undefined && { minimumLevel: query.minLevel }),
    ...(query.taskRunId !== undefined && { taskRunId: query.taskRunId }),
    ...(query.taskId !== undefined && { taskIds: query.taskId }),
    ...(query.attempt !== undefined && { attempt: query.attempt }),
  };
}

type LiveLine = Omit<LogEntry, "sequence">;

function linesOf({ lines, ...source }: LogBatch, filter: LogFilter): readonly LiveLine[] {
  const { taskRunId, taskIds, attempt } = filter;
  if (taskRunId !== undefined && source.taskRunId !== taskRunId) return [];
  if (taskIds !== undefined && !taskIds.includes(source.taskId ?? "")) return [];
  if (attempt !== undefined && source.attempt !== attempt) return [];
  if (!passesAll(source, filter.texts)) return [];
  return lines.filter(lineMatcher(filter)).map((line) => ({ ...source, ...line }));
}

function identity({ time, level, message, taskRunId, attempt }: LiveLine): string {
  return JSON.stringify([time, level, message, taskRunId, attempt]);
}
