import { secret, type TaskContext, text } from "@capstan/sdk";
import { addressBelow, callVendor, given, pathPart, type VendorCall } from "@capstan/sdk/http";
import { z } from "zod";

/** Who asks, where, and of which table, for all types of Airtable. */
export const connection = () => ({
  baseId: text().describe("Id of the base; it begins with `app`."),
  tableId: text().describe("Id or name of the table."),
  apiKey: secret().describe("A personal access token, with the right to the records of the base."),
  endpointOverride: text()
    .optional()
    .describe("Address of a server in place of Airtable's own, such as a gateway. Default: https://api.airtable.com."),
});

export interface AirtableConnection {
  readonly baseId: string;
  readonly tableId: string;
  readonly apiKey: string;
  readonly endpointOverride?: string | undefined;
}

/** Calls the API for records of the table. Throws `TaskFailure` as `callVendor` does. */
export async function callAirtable<Answer>(
  { properties, signal }: Pick<TaskContext<AirtableConnection>, "properties" | "signal">,
  call: Pick<VendorCall<Answer>, "what" | "method" | "body" | "answer"> & { readonly path?: string },
): Promise<Answer> {
  const { path = "", ...rest } = call;
  const { baseId, tableId, apiKey, endpointOverride } = properties;
  const table = `/v0/${pathPart("baseId", baseId)}/${pathPart("tableId", tableId)}`;
  const { value } = await callVendor(signal, {
    ...rest,
    url: addressBelow(given(endpointOverride) ?? "https://api.airtable.com", table + path),
    headers: { Authorization: `Bearer ${apiKey.trim()}` },
    adviceFor,
  });
  return value;
}

function adviceFor(status: number): string | undefined {
  if (status === 403 || status === 404)
    return "Check base, table and record, and that the token may see the base: Airtable answers the same for what is hidden from it.";
  if (status === 422)
    return "Check the names of the fields and their values. With `typecast`, Airtable makes texts what a field takes.";
  if (status === 429)
    return "Airtable takes five requests a second for a base. Give the task a `retry` with an interval of at least PT30S.";
  return undefined;
}

/** How Airtable tells of a record. */
export const record = () =>
  z.object({ id: z.string(), createdTime: z.string().optional(), fields: z.record(z.string(), z.unknown()) });

/** A record as tasks put it out. */
export const recordOutput = () =>
  z.object({
    id: z.string().describe("Id; it begins with `rec`."),
    createdTime: z.string().optional().describe("When it was made."),
    fields: z.record(z.string(), z.unknown()).describe("Its fields. Empty ones are left out by Airtable."),
  });

export function recordOutputOf({ id, createdTime, fields }: z.output<ReturnType<typeof record>>) {
  return { id, createdTime, fields };
}
