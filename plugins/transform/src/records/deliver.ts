import { deliverRows, FETCHED_CHARACTERS_MAX, recordLine, type TaskContext, TaskFailure } from "@capstan/sdk";
import { isStored, type Row } from "./sources.ts";

/** What became of the records, as metrics tell it. */
export interface Tally {
  processed: number;
  passed: number;
  dropped: number;
  failed: number;
}

export type RecordContext = Pick<TaskContext<unknown>, "files" | "signal" | "log" | "metric">;

export interface Delivery {
  /** The name of the file that may come of it. */
  readonly name: string;
  /** What the task was given. */
  readonly sources: readonly unknown[];
  readonly outputType: "AUTO" | "RECORDS" | "STORE";
  readonly outputFormat: "TEXT" | "BINARY";
}

/** What a step makes of one record, or of one of each source. Throws `TaskFailure` when it can't. */
export type Step<Input> = (input: Input, tally: Tally) => readonly Row[];

/** What becomes of a record that its step failed at: the task fails, or these records stand for it. */
export type Instead<Input> = "FAIL" | ((input: Input) => readonly Row[]);

/** Runs a step on each record and makes outputs of what comes out, as it comes. */
export async function deliverSteps<Input>(
  context: RecordContext,
  rows: AsyncIterable<Input>,
  delivery: Delivery,
  step: Step<Input>,
  instead: Instead<Input>,
) {
  const tally: Tally = { processed: 0, passed: 0, dropped: 0, failed: 0 };
  return deliver(context, stepped(context, rows, step, instead, tally), delivery, tally);
}

/** Makes outputs of records as they come, and tells of them. Throws `TaskFailure` for more than outputs hold. */
export async function deliver(context: RecordContext, rows: AsyncIterable<Row>, delivery: Delivery, tally: Tally) {
  const { outputType, outputFormat, sources, name } = delivery;
  const isFile = outputType === "STORE" || (outputType === "AUTO" && sources.some(isStored));
  if (isFile && outputFormat === "BINARY")
    context.log.warn("The file is written as text, which all tasks read: `outputFormat` has no effect");
  const outputs = isFile
    ? { uri: (await deliverRows(rows, "STORE", context.files, name)).uri }
    : { records: await fetched(rows) };
  for (const [metric, value] of Object.entries(tally)) context.metric({ name: metric, type: "counter", value });
  context.log.info(
    `${tally.processed} records read, ${tally.passed} passed, ${tally.dropped} dropped, ${tally.failed} failed`,
  );
  return outputs;
}

async function* stepped<Input>(
  { signal }: RecordContext,
  rows: AsyncIterable<Input>,
  step: Step<Input>,
  instead: Instead<Input>,
  tally: Tally,
): AsyncGenerator<Row> {
  for await (const row of rows) {
    signal.throwIfAborted();
    tally.processed += 1;
    const made = attempt(row, step, instead, tally);
    if (made.length === 0) tally.dropped += 1;
    else tally.passed += 1;
    yield* made;
  }
}

function attempt<Input>(row: Input, step: Step<Input>, instead: Instead<Input>, tally: Tally): readonly Row[] {
  try {
    return step(row, tally);
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    if (instead === "FAIL") throw new TaskFailure(`Record ${tally.processed}: ${error.message}.`, { cause: error });
    tally.failed += 1;
    return instead(row);
  }
}

async function fetched(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const records: Row[] = [];
  let characters = 0;
  for await (const row of rows) {
    characters += recordLine(row).length;
    if (characters > FETCHED_CHARACTERS_MAX)
      throw new TaskFailure(
        `The records are more than ${FETCHED_CHARACTERS_MAX} characters of JSON, which is what outputs hold (record ${records.length + 1}). ` +
          "Use `outputType: STORE`, which puts them into a file.",
      );
    records.push(row);
  }
  return records;
}
