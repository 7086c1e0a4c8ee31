import { z } from "zod";
import type { GoogleApi } from "../google-api.ts";
import type { JobReference } from "./job.ts";

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string | undefined;
  readonly fields?: readonly Field[] | undefined;
}

interface Cell {
  readonly v: unknown;
}

const fieldShape: z.ZodType<Field> = z.lazy(() =>
  z.object({ name: z.string(), type: z.string(), mode: z.string().optional(), fields: z.array(fieldShape).optional() }),
);
const pageShape = z.object({
  jobComplete: z.boolean(),
  schema: z.object({ fields: z.array(fieldShape).optional() }).optional(),
  rows: z.array(z.object({ f: z.array(z.object({ v: z.unknown() })) })).optional(),
  pageToken: z.string().optional(),
});

/** Rows that a job of a query answers, page by page. Throws `GoogleFailure`. */
export async function* rowsOf(
  api: GoogleApi,
  { projectId, jobId, location }: JobReference,
  { maxResults }: { readonly maxResults?: number | undefined },
): AsyncGenerator<Record<string, unknown>> {
  for (let pageToken: string | undefined; ;) {
    const page = pageShape.parse(
      await api.call({
        what: `Reading the rows of the job ${jobId}`,
        path: `/bigquery/v2/projects/${encodeURIComponent(projectId)}/queries/${encodeURIComponent(jobId)}`,
        params: {
          // Otherwise, times would be numbers that lose their last digits.
          "formatOptions.useInt64Timestamp": "true",
          ...(location !== undefined && { location }),
          ...(maxResults !== undefined && { maxResults: String(maxResults) }),
          ...(pageToken !== undefined && { pageToken }),
        },
      }),
    );
    const { fields = [] } = page.schema ?? {};
    for (const { f: cells } of page.rows ?? []) yield rowFrom(fields, cells);
    pageToken = page.pageToken;
    if (pageToken === undefined) return;
  }
}

/** A row as an object. What a number can't hold exactly stays text. */
export function rowFrom(fields: readonly Field[], cells: readonly Cell[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, index) => [field.name, valueOf(field, cells[index]?.v)]));
}

function valueOf(field: Field, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (field.mode === "REPEATED")
    return (value as readonly Cell[]).map(({ v }) => valueOf({ ...field, mode: "NULLABLE" }, v));
  switch (field.type) {
    case "RECORD":
    case "STRUCT":
      return rowFrom(field.fields ?? [], (value as { readonly f: readonly Cell[] }).f);
    case "INTEGER":
    case "INT64":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "FLOAT":
    case "FLOAT64":
      // NaN and infinities have no number in JSON.
      return Number.isFinite(Number(value)) ? Number(value) : value;
    case "NUMERIC":
    case "BIGNUMERIC":
      return String(Number(value)) === value ? Number(value) : value;
    case "BOOLEAN":
    case "BOOL":
      return value === "true" || value === true;
    case "TIMESTAMP":
      return instantOf(BigInt(String(value)));
    default:
      return value;
  }
}

/** ISO-8601 in UTC of microseconds since 1970, with as many digits as there are. */
function instantOf(microseconds: bigint): string {
  const rest = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((microseconds - rest) / 1_000n)).toISOString().replace(/\.000Z$/, "");
  const fraction =
    rest === 0n
      ? ""
      : `.${String(rest)
          .padStart(6, "0")
          .replace(/(?:000)+$/, "")}`;
  return `${whole}${fraction}Z`;
}
