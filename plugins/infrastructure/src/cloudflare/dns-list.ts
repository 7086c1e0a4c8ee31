import { defineTask } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, ENTRIES_MAX, listCloudflare, zoneId } from "./connection.ts";
import { record } from "./dns-record.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.List";

/** Lists the records of a zone. */
export const dnsList = defineTask({
  type: TYPE,
  title: "List the DNS records of a zone at Cloudflare",
  description: `All pages are read. A zone with more than ${ENTRIES_MAX} records fails the task.`,
  properties: () => z.object({ ...connection(), zoneId: zoneId() }),
  outputs: () =>
    z.object({
      records: z
        .array(
          z.object({
            id: z.string().describe("Id."),
            name: z.string().describe("Name."),
            type: z.string().describe("Type."),
            content: z.string().optional().describe("What it says."),
            ttl: z.int().optional().describe("Seconds that it may be kept."),
            proxied: z.boolean().optional().describe("Whether requests go through Cloudflare."),
          }),
        )
        .describe("The records."),
    }),
  examples: [
    {
      title: "All records of a zone",
      code: `id: records\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n`,
    },
  ],
  async run(context) {
    const zone = context.properties.zoneId;
    const found = await listCloudflare(context, {
      what: `Listing the records of the zone ${zone}`,
      path: `/zones/${pathPart("zoneId", zone)}/dns_records`,
      entry: record(),
    });
    context.log.info(`The zone ${zone} has ${found.length} records.`);
    context.metric({ name: "records", type: "counter", value: found.length });
    const records = found.map(({ id, name, type, content, ttl, proxied }) => ({
      id,
      name,
      type,
      content,
      ttl,
      proxied,
    }));
    return { records };
  },
});
