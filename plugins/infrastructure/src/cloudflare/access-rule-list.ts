import { defineTask } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { accessRule } from "./access-rule.ts";
import { connection, ENTRIES_MAX, listCloudflare, zoneId } from "./connection.ts";

const TYPE = "io.kestra.plugin.cloudflare.waf.accessrules.List";

/** Lists the rules of a zone. */
export const accessRuleList = defineTask({
  type: TYPE,
  title: "List the IP access rules of a zone at Cloudflare",
  description: `All pages are read. A zone with more than ${ENTRIES_MAX} rules fails the task.`,
  properties: () => z.object({ ...connection(), zoneId: zoneId() }),
  outputs: () =>
    z.object({
      rules: z
        .array(
          z.object({
            id: z.string().describe("Id."),
            mode: z.string().describe("What becomes of the requests."),
            configuration: z
              .object({
                target: z.string().describe("What `value` is."),
                value: z.string().describe("Whom it is for."),
              })
              .describe("Whom it is for."),
          }),
        )
        .describe("The rules."),
    }),
  examples: [
    {
      title: "All rules of a zone",
      code: `id: rules\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n`,
    },
  ],
  async run(context) {
    const zone = context.properties.zoneId;
    const found = await listCloudflare(context, {
      what: `Listing the rules of the zone ${zone}`,
      path: `/zones/${pathPart("zoneId", zone)}/firewall/access_rules/rules`,
      entry: accessRule(),
    });
    context.log.info(`The zone ${zone} has ${found.length} rules.`);
    const rules = found.map(({ id, mode, configuration: { target, value } }) => ({
      id,
      mode,
      configuration: { target, value },
    }));
    return { rules };
  },
});
