import { isTerminal } from "@capstan/model";
import type { ExecutionRow, LogBatch, MetricRow, TaskRunRow } from "@capstan/store";
import type { z } from "zod";
import { readZip, type UnpackedFile, type ZipLimits } from "../archive/read-zip.ts";
import { Refusal } from "../refusal.ts";
import { executionFile, logFileLine, metricFileLine } from "./history-schemas.ts";

/** What an archive of an execution holds, for one tenant. */
export interface History {
  readonly row: ExecutionRow;
  readonly taskRuns: readonly TaskRunRow[];
  readonly logs: readonly LogBatch[];
  readonly metrics: readonly MetricRow[];
  /** The source of the flow's revision; absent when the execution had outlived its flow. */
  readonly flow: string | undefined;
  /** With the paths that they have within the execution's folder. */
  readonly files: readonly UnpackedFile[];
}

/** Problems that a refusal names at most. */
const PROBLEMS_MAX = 20;

/**
 * Reads an archive of the export. All of it is checked, and every file unpacked once, before it is answered. Throws 413 beyond
 * the limits, 422 for what is no such archive and for an execution that had not ended.
 */
export async function readHistory(tenant: string, bytes: Buffer, limits: ZipLimits): Promise<History> {
  const entries = new Map(readZip(bytes, limits).map((file) => [file.name, file]));
  const { execution, taskRuns } = parse(executionFile, "execution.json", await textOf(entries, "execution.json"));
  const row = { ...execution, tenant } as ExecutionRow;
  demandWhole(row, taskRuns as readonly TaskRunRow[]);
  const { id: executionId, namespace, flowId } = row;
  const owner = { tenant, namespace, flowId, executionId };
  const logs = await linesOf(entries, "logs.jsonl", logFileLine);
  const metrics = await linesOf(entries, "metrics.jsonl", metricFileLine);
  const files: UnpackedFile[] = [];
  for (const file of entries.values()) if (file.name.startsWith(FILES)) files.push(await within(file));
  return {
    row,
    taskRuns: taskRuns as readonly TaskRunRow[],
    logs: logs.map((batch) => ({ ...owner, ...batch }) as LogBatch),
    metrics: metrics.map((metric) => ({ ...owner, ...metric })),
    flow: entries.has("flow.yaml") ? await textOf(entries, "flow.yaml") : undefined,
    files,
  };
}

const FILES = "files/";

/** A file that can be unpacked, with a path that stays within the folder it is put into. */
async function within(file: UnpackedFile): Promise<UnpackedFile> {
  const name = file.name.slice(FILES.length);
  const isUnsafe = name.split("/").some((segment) => ["", ".", ".."].includes(segment) || /[\\\0]/.test(segment));
  if (isUnsafe) throw new Refusal("path-invalid", `The archive holds "${file.name}", which is no path within a folder`);
  await file.content();
  return { ...file, name };
}

function demandWhole({ state, history, id }: ExecutionRow, taskRuns: readonly TaskRunRow[]): void {
  if (!isTerminal(state) || history.at(-1)?.state !== state)
    throw invalid(`the execution ${id} is ${state}: only one that has ended can be imported`);
  const indexes = new Set(taskRuns.map(({ index }) => index));
  if (indexes.size < taskRuns.length) throw invalid("execution.json: two task runs have one index");
  for (const { index, parent, state: ofRun } of taskRuns) {
    if (parent !== undefined && (parent >= index || !indexes.has(parent)))
      throw invalid(`execution.json: the task run ${index} is below ${parent}, which is not there before it`);
    if (!isTerminal(ofRun)) throw invalid(`execution.json: the task run ${index} is ${ofRun}, and the execution ended`);
  }
}

async function textOf(entries: ReadonlyMap<string, UnpackedFile>, name: string): Promise<string> {
  const file = entries.get(name);
  if (file === undefined) throw invalid(`it has no ${name}`);
  return (await file.content()).toString("utf8");
}

async function linesOf<Schema extends z.ZodType>(
  entries: ReadonlyMap<string, UnpackedFile>,
  name: string,
  schema: Schema,
): Promise<readonly z.output<Schema>[]> {
  const lines = (await textOf(entries, name)).split("\n");
  return lines.flatMap((line, index) => (line === "" ? [] : [parse(schema, `${name}:${index + 1}`, line)]));
}

function parse<Schema extends z.ZodType>(schema: Schema, place: string, text: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`${place}: ${(error as Error).message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${place}: ${path.join(".")}: ${message}`);
  throw new Refusal(
    "execution-archive-invalid",
    "The archive holds no execution that this version can read",
    problems.slice(0, PROBLEMS_MAX),
  );
}

function invalid(problem: string): Refusal {
  return new Refusal("execution-archive-invalid", `The archive can't be imported: ${problem}`);
}
