import { dynamic, TaskFailure } from "@capstan/sdk";
import { cut } from "@capstan/sdk/http";
import { z } from "zod";
import { ask } from "./client.ts";
import type { Place } from "./connection.ts";

const CHUNK = 1000;
const CHUNK_MAX = 10_000;
/** Refusals that a message shows. */
const REFUSALS_SHOWN = 3;
const REASON_CHARACTERS = 500;

export const chunk = () =>
  dynamic(z.int().min(1).max(CHUNK_MAX))
    .default(CHUNK)
    .describe(`How many operations are sent at once, ${CHUNK_MAX} at most. Default: ${CHUNK}.`);

/** What the server says of one operation, below the name of it. */
interface Done {
  readonly _id?: string | null;
  readonly status: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
}

interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly Readonly<Record<string, Done>>[];
}

export interface BulkCounts {
  readonly size: number;
  readonly requests: number;
}

/**
 * Sends operations, each of which is one line or two with their ends, in chunks. Throws `TaskFailure` when the server refuses one: those
 * before it count, and those of its chunk that it did not refuse.
 */
export async function sendOperations(
  place: Place,
  signal: AbortSignal,
  operations: AsyncIterable<string>,
  { size: chunkSize, routing }: { readonly size: number; readonly routing: string | undefined },
): Promise<BulkCounts> {
  let size = 0;
  let requests = 0;
  let waiting: string[] = [];
  const flush = async () => {
    if (waiting.length === 0) return;
    const { value } = await ask(place, signal, {
      what: `The bulk request with operation ${size + 1} and those behind it`,
      path: "/_bulk",
      params: routing === undefined ? {} : { routing },
      body: waiting.join(""),
      contentType: "application/x-ndjson",
    });
    refuseErrors(value as BulkAnswer, size);
    size += waiting.length;
    requests += 1;
    waiting = [];
  };
  for await (const operation of operations) {
    waiting.push(operation);
    if (waiting.length >= chunkSize) await flush();
  }
  await flush();
  return { size, requests };
}

function refuseErrors({ errors, items }: BulkAnswer, before: number): void {
  if (!errors) return;
  const refused = items.flatMap((item, index) =>
    Object.entries(item).flatMap(([name, done]) =>
      done.error === undefined ? [] : [{ name, done, number: before + index + 1 }],
    ),
  );
  const told = refused.slice(0, REFUSALS_SHOWN).map(({ name, done: { _id: id, status, error }, number }) => {
    const reason = cut(error?.reason ?? error?.type ?? "no reason is known", REASON_CHARACTERS);
    return `operation ${number} (${name}${id == null ? "" : ` of ${id}`}): ${reason} (status ${status})`;
  });
  const more = refused.length > told.length ? `, and ${refused.length - told.length} more` : "";
  throw new TaskFailure(
    `The server refuses ${refused.length} of ${items.length} operations: ${told.join("; ")}${more}. ${before + items.length - refused.length} operations are done.`,
  );
}
