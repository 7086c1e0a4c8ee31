import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";

export const RECORD_TYPES = ["A", "AAAA", "CNAME", "TXT", "MX", "NS", "SRV", "PTR", "CAA", "SOA"] as const;

/** How Cloudflare tells of a record. */
export const record = () =>
  z.looseObject({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    content: z.string().optional(),
    ttl: z.int().optional(),
    proxied: z.boolean().optional(),
  });
export type DnsRecord = z.output<ReturnType<typeof record>>;

export const recordId = () => text().describe("Id of the record.");

/** Properties of what a record says. */
export const recordFields = () => ({
  recordType: dynamic(z.enum(RECORD_TYPES)).describe(`Type: ${RECORD_TYPES.join(", ")}.`),
  name: text().describe("The whole name, such as app.example.com."),
  content: text().describe("What it says: an address, a name or a text."),
});

/** Properties of how it is served. */
export const servedFields = () => ({
  ttl: dynamic(z.int().positive())
    .default(1)
    .describe("Seconds that it may be kept; 1 is what Cloudflare chooses. Default: 1."),
  proxied: dynamic(z.boolean()).default(false).describe("Whether requests go through Cloudflare. Default: false."),
});

export interface RecordFields {
  readonly recordType: string;
  readonly name: string;
  readonly content: string;
  readonly ttl: number;
  readonly proxied: boolean;
}

export function recordBody({ recordType: type, name, content, ttl, proxied }: RecordFields) {
  return { type, name, content, ttl, proxied };
}

export const recordOutputs = () => ({
  recordId: z.string().describe("Id of the record."),
  id: z.string().describe("The same as `recordId`."),
  name: z.string().describe("Its name."),
  type: z.string().describe("Its type."),
  content: z.string().optional().describe("What it says."),
  ttl: z.int().optional().describe("Seconds that it may be kept; 1 is what Cloudflare chooses."),
  proxied: z.boolean().optional().describe("Whether requests go through Cloudflare."),
});

export function recordOutputsOf({ id, name, type, content, ttl, proxied }: DnsRecord) {
  return { recordId: id, id, name, type, content, ttl, proxied };
}
