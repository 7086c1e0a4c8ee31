import { Readable } from "node:stream";
import type { Input } from "@capstan/model";
import { holdsSecrets, MASK, type ExecutionWithRuns } from "@capstan/runtime";
import type { ExecutionRow, LogEntry, LogPlace, MetricRow } from "@capstan/store";
import type { ZipEntry } from "../archive/write-zip.ts";
import { executionFolder } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";
import { HISTORY_FORMAT } from "./history-schemas.ts";

/** Rows that are read at once. */
const PAGE_ROWS = 1_000;

/** The files of an archive that holds all there is of an execution; each is read while it is written. */
export async function* historyEntries(
  service: Service,
  { row, taskRuns }: ExecutionWithRuns,
): AsyncGenerator<ZipEntry> {
  const { store, storage, flows } = service.runtime;
  const { tenant, namespace, flowId, flowRevision } = row;
  const modifiedAt = row.history.at(-1)?.date ?? row.createdAt;
  const flow = await store.flows.get({ tenant, namespace, id: flowId }, { revision: flowRevision });
  const inputs = flow === undefined ? [] : (flows.check(flow.source).flow?.inputs ?? []);
  const text = (name: string, content: () => Promise<Readable | string>) => ({ name, modifiedAt, content });
  yield text("execution.json", async () => {
    const { tenant: _tenant, batch, ...own } = row;
    const hidden = batch?.items.map((item) => ({ ...item, inputs: withoutSecrets(item.inputs, inputs) }));
    const execution = {
      ...own,
      inputs: withoutSecrets(row.inputs, inputs),
      ...(hidden !== undefined && { batch: { items: hidden } }),
    };
    return JSON.stringify({ format: HISTORY_FORMAT, execution, taskRuns });
  });
  if (flow !== undefined) yield text("flow.yaml", async () => flow.source);
  yield text("logs.jsonl", async () => Readable.from(jsonLines(logBatches(service, row))));
  yield text("metrics.jsonl", async () => Readable.from(jsonLines(metricsOf(service, row))));
  const folder = executionFolder(row);
  for await (const file of storage.walk(tenant, folder))
    yield {
      name: `files${file.path.slice(folder.length)}`,
      modifiedAt: file.modifiedAt,
      content: () => storage.read(tenant, file.path),
    };
}

/** What the server was given no key to encrypt does not leave it. */
function withoutSecrets(inputs: ExecutionRow["inputs"], declared: readonly Input[]): ExecutionRow["inputs"] {
  const hide = (values: ExecutionRow["inputs"], [first = "", ...rest]: readonly string[]): ExecutionRow["inputs"] => {
    const value = values[first];
    if (rest.length === 0 && Array.isArray(value)) return { ...values, [first]: value.map(() => MASK) };
    if (rest.length === 0) return typeof value === "string" ? { ...values, [first]: MASK } : values;
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMap ? { ...values, [first]: hide(value as ExecutionRow["inputs"], rest) } : values;
  };
  const secrets = declared.filter(holdsSecrets);
  return secrets.reduce((values, { id }) => hide(values, id.split(".")), inputs);
}

async function* jsonLines(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}

/** Neighbouring lines of one source, which the store has in batches. */
async function* logBatches(service: Service, { tenant, id }: ExecutionRow): AsyncGenerator<object> {
  let batch: { readonly source: object; readonly key: string; readonly lines: object[] } | undefined;
  for await (const entry of logEntries(service, tenant, id)) {
    const { time, level, message, taskId, taskRunId, taskRunIndex, attempt, triggerId } = entry;
    const source = { triggerId, taskId, taskRunId, taskRunIndex, attempt };
    const key = JSON.stringify(source);
    if (batch !== undefined && (batch.key !== key || batch.lines.length >= PAGE_ROWS)) {
      yield { ...batch.source, lines: batch.lines };
      batch = undefined;
    }
    batch ??= { source, key, lines: [] };
    batch.lines.push({ time, level, message });
  }
  if (batch !== undefined) yield { ...batch.source, lines: batch.lines };
}

async function* logEntries({ runtime }: Service, tenant: string, executionId: string): AsyncGenerator<LogEntry> {
  for (let after: LogPlace | undefined; ;) {
    const page = { offset: 0, limit: PAGE_ROWS, uncounted: true, ...(after !== undefined && { after }) };
    const { rows, end } = await runtime.store.logs.search({ tenant, executionId }, page);
    yield* rows;
    if (rows.length < PAGE_ROWS || end === undefined) return;
    after = end;
  }
}

async function* metricsOf({ runtime }: Service, { tenant, id }: ExecutionRow): AsyncGenerator<Partial<MetricRow>> {
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const sort = [{ key: "timestamp", descending: false }] as const;
    const page = { offset, limit: PAGE_ROWS, uncounted: true, sort };
    const { rows } = await runtime.store.metrics.search({ tenant, executionId: id }, page);
    for (const { taskId, taskRunId, name, type, value, tags, time } of rows)
      yield { taskId, taskRunId, name, type, value, tags, time };
    if (rows.length < PAGE_ROWS) return;
  }
}
