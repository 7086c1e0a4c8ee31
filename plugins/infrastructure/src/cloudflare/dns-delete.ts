import { defineTask } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";
import { recordId } from "./dns-record.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.Delete";

/** Deletes a record. */
export const dnsDelete = defineTask({
  type: TYPE,
  title: "Delete a DNS record at Cloudflare",
  properties: () => z.object({ ...connection(), zoneId: zoneId(), recordId: recordId() }),
  outputs: () => z.object({ deletedId: z.string().describe("Id of the record that is gone.") }),
  examples: [
    {
      title: "Delete a record",
      code:
        `id: remove\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        'recordId: "{{ outputs.name.recordId }}"\n',
    },
  ],
  async run(context) {
    const { zoneId: zone, recordId: id } = context.properties;
    const deleted = await callCloudflare(context, {
      what: `Deleting the record ${id}`,
      path: `/zones/${pathPart("zoneId", zone)}/dns_records/${pathPart("recordId", id)}`,
      method: "DELETE",
      result: z.object({ id: z.string() }),
    });
    context.log.info(`Deleted the record ${deleted.id}.`);
    return { deletedId: deleted.id };
  },
});
