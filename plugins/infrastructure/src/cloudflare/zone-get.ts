import { defineTask, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { given, pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, type CloudflareConnection, connection } from "./connection.ts";
import { zone, zoneOf, zoneOutputs } from "./zone.ts";

const TYPE = "io.kestra.plugin.cloudflare.zones.Get";

/** Finds a zone. */
export const zoneGet = defineTask({
  type: TYPE,
  title: "Find a zone at Cloudflare",
  description: "A zone that isn't there, or that the token may not see, fails the task.",
  properties: () =>
    z.object({
      ...connection(),
      zoneId: text().optional().describe("Id of the zone. It counts where both are given."),
      hostname: text().optional().describe("Name of the zone, such as example.com."),
    }),
  outputs: zoneOutputs,
  examples: [
    {
      title: "The id of a zone",
      code: `id: zone\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nhostname: example.com\n`,
    },
  ],
  async run(context) {
    const [id, name] = [context.properties.zoneId, context.properties.hostname].map(given);
    if (id === undefined && name === undefined)
      throw new TaskFailure("Nothing says which zone: give `zoneId` or `hostname`.");
    const found = id === undefined ? await named(context, name!) : await identified(context, id);
    context.log.info(`Found the zone ${found.name} (${found.id}).`);
    return zoneOf(found);
  },
});

type Context = Pick<TaskContext<CloudflareConnection>, "properties" | "signal">;

async function identified(context: Context, id: string) {
  return callCloudflare(context, {
    what: `Looking at the zone ${id}`,
    path: `/zones/${pathPart("zoneId", id)}`,
    result: zone(),
  });
}

async function named(context: Context, name: string) {
  const call = { what: `Looking for the zone ${name}`, path: "/zones", params: { name }, result: z.array(zone()) };
  const [first] = await callCloudflare(context, call);
  if (first === undefined)
    throw new TaskFailure(`There is no zone ${name}. Check the name, and that the token may see the zone.`);
  return first;
}
