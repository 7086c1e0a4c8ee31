import { anyMap, dynamic, type ExecutionFiles, recordLine } from "@capstan/sdk";
import { z } from "zod";

/** A kind of record of the CRM. */
export interface CrmObject {
  /** As types and paths have it. */
  readonly plural: "contacts" | "companies" | "deals" | "tickets";
  readonly singular: string;
}

/** How a property of a task is called at HubSpot. */
export type FieldNames = Readonly<Record<string, string>>;

export const additionalProperties = () =>
  anyMap()
    .optional()
    .describe("Further properties by the names that HubSpot has for them. They count where one is given twice.");

/** How HubSpot tells of a record. */
export const record = () => z.object({ id: z.string().regex(/^\d+$/), properties: z.record(z.string(), z.unknown()) });
export type CrmRecord = z.output<ReturnType<typeof record>>;

export const recordOutputs = () =>
  z.object({
    id: z.int().describe("Id of the record."),
    uri: z.string().describe("The file with its properties, as one record."),
  });

export async function recordOutputsOf({ id, properties }: CrmRecord, files: ExecutionFiles) {
  return { id: Number(id), uri: await files.put("record.ion", recordLine(properties)) };
}

/** The properties that a record is sent with: what is given, by HubSpot's names, as texts. */
export function sentProperties(written: Readonly<Record<string, unknown>>, names: FieldNames): Record<string, unknown> {
  const own = Object.entries(names).flatMap(([property, name]) => {
    const value = written[property];
    return value === undefined ? [] : [[name, String(value)]];
  });
  const further = written["additionalProperties"] as Record<string, unknown> | undefined;
  return { ...Object.fromEntries(own), ...further };
}

export const associatedIds = (kind: string) =>
  dynamic(z.array(dynamic(z.int())))
    .optional()
    .describe(`Ids of the ${kind} that it belongs to.`);
