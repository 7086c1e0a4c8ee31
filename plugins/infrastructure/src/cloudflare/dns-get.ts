import { defineTask } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";
import { record, recordId, recordOutputs, recordOutputsOf } from "./dns-record.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.Get";

/** Tells of a record. */
export const dnsGet = defineTask({
  type: TYPE,
  title: "Look at a DNS record at Cloudflare",
  properties: () => z.object({ ...connection(), zoneId: zoneId(), recordId: recordId() }),
  outputs: () => z.object(recordOutputs()),
  examples: [
    {
      title: "What a record says",
      code:
        `id: look\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        'recordId: "{{ outputs.name.recordId }}"\n',
    },
  ],
  async run(context) {
    const { zoneId: zone, recordId: id } = context.properties;
    const found = await callCloudflare(context, {
      what: `Looking at the record ${id}`,
      path: `/zones/${pathPart("zoneId", zone)}/dns_records/${pathPart("recordId", id)}`,
      result: record(),
    });
    context.log.info(`The record ${found.type} ${found.name} says ${found.content ?? "nothing"}.`);
    return recordOutputsOf(found);
  },
});
