import { defineTask } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";
import { record, recordBody, recordFields, recordOutputs, recordOutputsOf, servedFields } from "./dns-record.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.Upsert";

/** Sees to it that a record says something. */
export const dnsUpsert = defineTask({
  type: TYPE,
  title: "Create or change a DNS record at Cloudflare",
  description:
    "Where the zone has a record of this name and type, it is changed; else one is created. Of several, the first is changed, and a warning says so.",
  properties: () =>
    z.object({
      ...connection(),
      zoneId: zoneId(),
      ...recordFields(),
      ...servedFields(),
    }),
  outputs: () => z.object({ ...recordOutputs(), action: z.string().describe("`created` or `updated`.") }),
  examples: [
    {
      title: "Point a name to a new machine",
      code:
        `id: point\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        'recordType: A\nname: app.example.com\ncontent: "{{ outputs.machine.vars.ip }}"\n',
    },
  ],
  async run(context) {
    const { properties } = context;
    const { recordType: type, name } = properties;
    const what = `Setting the record ${type} ${name}`;
    const path = `/zones/${pathPart("zoneId", properties.zoneId)}/dns_records`;
    const found = await callCloudflare(context, { what, path, params: { name, type }, result: z.array(record()) });
    if (found.length > 1) context.log.warn(`There are ${found.length} records ${type} ${name}: the first is changed.`);
    const [old] = found;
    const body = recordBody(properties);
    const call =
      old === undefined
        ? { what, path, method: "POST", body }
        : { what, path: `${path}/${pathPart("recordId", old.id)}`, method: "PATCH", body };
    const set = await callCloudflare(context, { ...call, result: record() });
    const action = old === undefined ? "created" : "updated";
    context.log.info(`The record ${set.type} ${set.name} (${set.id}) was ${action}.`);
    return { ...recordOutputsOf(set), action };
  },
});
