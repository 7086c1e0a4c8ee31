import { defineTask } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";
import { record, recordBody, recordFields, recordOutputs, recordOutputsOf, servedFields } from "./dns-record.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.Create";

/** Adds a record to a zone. */
export const dnsCreate = defineTask({
  type: TYPE,
  title: "Create a DNS record at Cloudflare",
  description: "A record that is there already fails the task; `Upsert` changes it.",
  properties: () =>
    z.object({
      ...connection(),
      zoneId: zoneId(),
      ...recordFields(),
      ...servedFields(),
    }),
  outputs: () => z.object(recordOutputs()),
  examples: [
    {
      title: "Name a machine",
      code:
        `id: name\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        "recordType: A\nname: app.example.com\ncontent: 192.0.2.10\nproxied: true\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    const made = await callCloudflare(context, {
      what: `Creating the record ${properties.recordType} ${properties.name}`,
      path: `/zones/${pathPart("zoneId", properties.zoneId)}/dns_records`,
      body: recordBody(properties),
      result: record(),
    });
    context.log.info(`Created the record ${made.type} ${made.name} (${made.id}).`);
    return recordOutputsOf(made);
  },
});
