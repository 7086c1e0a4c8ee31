import { deliverRows, type TaskContext, TaskFailure } from "@capstan/sdk";
import { type BatchLimits, batchesOf } from "./batches.ts";

/** How a service takes many entries, and answers for each. */
export interface Sending<Entry> {
  readonly limits: BatchLimits;
  readonly bytesOf: (entry: Entry) => number;
  /** Sends a batch of which the first entry has the number `first`, from 1. Answers for each entry, in their order. */
  readonly send: (batch: readonly Entry[], first: number) => Promise<readonly EntryAnswer[]>;
  /** A row of the file of answers, without what the service answered. */
  readonly rowOf: (entry: Entry) => Record<string, unknown>;
}

/** Facts of an entry that was taken, or why it was not. */
export interface EntryAnswer {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
}

export interface SentEntries {
  /** The file of answers. */
  readonly uri: string;
  readonly count: number;
  readonly failedCount: number;
  /** Of the first entry that was not taken, in words. */
  readonly firstFailure: string | undefined;
}

/** Sends entries as they come, and stores a file with a row for each: the entry, and what the service answered. */
export async function sendEntries<Entry>(
  { files }: Pick<TaskContext<unknown>, "files">,
  entries: AsyncIterable<Entry>,
  { limits, bytesOf, send, rowOf }: Sending<Entry>,
): Promise<SentEntries> {
  let count = 0;
  let failedCount = 0;
  let firstFailure: string | undefined;
  async function* rows() {
    for await (const batch of batchesOf(entries, limits, bytesOf)) {
      const answers = await send(batch, count + 1);
      for (const [index, entry] of batch.entries()) {
        count += 1;
        const { facts, errorCode, errorMessage } = answers[index]!;
        if (errorCode !== undefined) {
          failedCount += 1;
          firstFailure ??= `number ${count} was refused: ${(errorMessage ?? "no reason is given").replace(/\.$/, "")} (${errorCode})`;
        }
        yield { ...rowOf(entry), ...facts, ...(errorCode !== undefined && { errorCode, errorMessage }) };
      }
    }
  }
  const { uri } = await deliverRows(rows(), "STORE", files, "answers.ion");
  return { uri: uri!, count, failedCount, firstFailure };
}

/** Throws `TaskFailure` with the outputs, if entries were refused and that is to fail the task. */
export function failForRefused(
  { count, failedCount, firstFailure }: SentEntries,
  what: string,
  outputs: Record<string, unknown>,
): void {
  if (firstFailure === undefined) return;
  throw new TaskFailure(
    `${failedCount} of ${count} ${what} were refused; ${firstFailure}. All answers are in the output \`uri\`.`,
    { outputs },
  );
}
