import { defineTask, dynamic, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { accessRule, rulesPath, scope } from "./access-rule.ts";
import { callCloudflare, connection } from "./connection.ts";

const TYPE = "io.kestra.plugin.cloudflare.waf.accessrules.Create";

const MODES = ["block", "challenge", "whitelist", "js_challenge", "managed_challenge"] as const;
const TARGETS = ["ip", "ip_range", "asn", "country"] as const;

/** One of these names, in small or capital letters. */
const oneOf = <Name extends string>(names: readonly Name[]) =>
  dynamic(
    z
      .string()
      .transform((written) => written.trim().toLowerCase())
      .pipe(z.enum(names)),
  );

/** Adds a rule for those who ask from an address. */
export const accessRuleCreate = defineTask({
  type: TYPE,
  title: "Create an IP access rule at Cloudflare",
  description: "Says what becomes of requests from an address, a network, a provider or a country.",
  properties: () =>
    z.object({
      ...connection(),
      ...scope(),
      mode: oneOf(MODES).describe(`What becomes of the requests: ${MODES.join(", ")}.`),
      target: oneOf(TARGETS).describe(`What \`value\` is: ${TARGETS.join(", ")}.`),
      value: text().describe("The address, network in CIDR, number of the provider (AS12345) or code of the country."),
      notes: text().optional().describe("A note that the dashboard shows."),
    }),
  outputs: () =>
    z.object({
      ruleId: z.string().describe("Id of the rule."),
      id: z.string().describe("The same as `ruleId`."),
      mode: z.string().describe("What becomes of the requests."),
      target: z.string().describe("What `value` is."),
      value: z.string().describe("Whom it is for."),
    }),
  examples: [
    {
      title: "Let a tester in",
      code:
        `id: allow\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        "mode: whitelist\ntarget: ip\nvalue: 192.0.2.77\nnotes: A tester, for a day\n",
    },
  ],
  async run(context) {
    const { mode, target, value, notes: written } = context.properties;
    const notes = given(written);
    const made = await callCloudflare(context, {
      what: `Creating a rule for ${value}`,
      path: rulesPath(context.properties),
      body: { mode, configuration: { target, value }, ...(notes !== undefined && { notes }) },
      result: accessRule(),
    });
    context.log.info(`Created the rule ${made.id}: ${made.mode} for ${value}.`);
    const { configuration } = made;
    return {
      ruleId: made.id,
      id: made.id,
      mode: made.mode,
      target: configuration.target,
      value: configuration.value,
    };
  },
});
