import { anyMap, defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";

const TYPE = "io.kestra.plugin.cloudflare.dns.records.Batch";

const records = (description: string) => dynamic(z.array(anyMap())).optional().describe(description);

/** Changes many records in one go. */
export const dnsBatch = defineTask({
  type: TYPE,
  title: "Create, change and delete many DNS records at Cloudflare",
  description:
    "Cloudflare does all of it or nothing: first it deletes, then changes, then creates. An account of the free plan may send 200 at once, others 3500.",
  properties: () =>
    z.object({
      ...connection(),
      zoneId: zoneId(),
      posts: records("Records to create, as Cloudflare's API has them: `type`, `name`, `content`, `ttl`, `proxied`."),
      patches: records("Records to change: `id`, and the fields that become others."),
      deletes: records("Records to delete: `id` of each."),
    }),
  outputs: () => z.object({ success: z.boolean().describe("Always true: a refusal fails the task.") }),
  examples: [
    {
      title: "Two names for one machine",
      code:
        `id: names\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\nposts:\n` +
        "  - { type: A, name: app.example.com, content: 192.0.2.10 }\n  - { type: A, name: www.example.com, content: 192.0.2.10 }\n",
    },
  ],
  async run(context) {
    const { zoneId: zone, posts = [], patches = [], deletes = [] } = context.properties;
    const body = {
      ...(deletes.length > 0 && { deletes }),
      ...(patches.length > 0 && { patches }),
      ...(posts.length > 0 && { posts }),
    };
    if (Object.keys(body).length === 0)
      throw new TaskFailure("Nothing is to be done: give `posts`, `patches` or `deletes`.");
    await callCloudflare(context, {
      what: `Changing records of the zone ${zone}`,
      path: `/zones/${pathPart("zoneId", zone)}/dns_records/batch`,
      body,
      result: z.looseObject({}),
    });
    context.log.info(`Created ${posts.length}, changed ${patches.length} and deleted ${deletes.length} records.`);
    context.metric({ name: "records", type: "counter", value: posts.length + patches.length + deletes.length });
    return { success: true };
  },
});
