import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { connection, ENTRIES_MAX, listCloudflare } from "./connection.ts";
import { zone, zoneOf, zoneOutputs } from "./zone.ts";

const TYPE = "io.kestra.plugin.cloudflare.zones.List";

/** Lists the zones that the token may see. */
export const zoneList = defineTask({
  type: TYPE,
  title: "List zones at Cloudflare",
  description: `All pages are read. More than ${ENTRIES_MAX} zones fail the task.`,
  properties: () => z.object(connection()),
  outputs: () => z.object({ zones: z.array(zoneOutputs()).describe("The zones that the token may see.") }),
  examples: [{ title: "All zones", code: `id: zones\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\n` }],
  async run(context) {
    const zones = await listCloudflare(context, { what: "Listing zones", path: "/zones", entry: zone() });
    context.log.info(`Found ${zones.length} zones.`);
    context.metric({ name: "records", type: "counter", value: zones.length });
    return { zones: zones.map(zoneOf) };
  },
});
