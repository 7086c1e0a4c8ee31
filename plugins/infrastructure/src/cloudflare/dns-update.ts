import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";
import { record, RECORD_TYPES, recordId } from "./dns-record.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.Update";

/** Changes some fields of a record. */
export const dnsUpdate = defineTask({
  type: TYPE,
  title: "Change a DNS record at Cloudflare",
  description: "What is not given stays as it is.",
  properties: () =>
    z.object({
      ...connection(),
      zoneId: zoneId(),
      recordId: recordId(),
      recordType: dynamic(z.enum(RECORD_TYPES))
        .optional()
        .describe(`Type: ${RECORD_TYPES.join(", ")}.`),
      name: text().optional().describe("The whole name, such as app.example.com."),
      content: text().optional().describe("What it says: an address, a name or a text."),
      ttl: dynamic(z.int().positive())
        .optional()
        .describe("Seconds that it may be kept; 1 is what Cloudflare chooses."),
      proxied: dynamic(z.boolean()).optional().describe("Whether requests go through Cloudflare."),
    }),
  outputs: () => z.object({ id: z.string().describe("Id of the record.") }),
  examples: [
    {
      title: "Point a record to another machine",
      code:
        `id: move\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        'recordId: "{{ outputs.name.recordId }}"\ncontent: 192.0.2.11\n',
    },
  ],
  async run(context) {
    const { zoneId: zone, recordId: id, recordType: type, name, content, ttl, proxied } = context.properties;
    const body = {
      ...(type !== undefined && { type }),
      ...(name !== undefined && { name }),
      ...(content !== undefined && { content }),
      ...(ttl !== undefined && { ttl }),
      ...(proxied !== undefined && { proxied }),
    };
    if (Object.keys(body).length === 0)
      throw new TaskFailure("Nothing says what to change: give `content`, `name`, `recordType`, `ttl` or `proxied`.");
    const changed = await callCloudflare(context, {
      what: `Changing the record ${id}`,
      path: `/zones/${pathPart("zoneId", zone)}/dns_records/${pathPart("recordId", id)}`,
      method: "PATCH",
      body,
      result: record(),
    });
    context.log.info(`Changed the record ${changed.type} ${changed.name} (${changed.id}).`);
    return { id: changed.id };
  },
});
