import { TaskFailure, text } from "@capstan/sdk";
import { given, pathPart } from "@capstan/sdk/http";
import { z } from "zod";

/** Where a rule counts. */
export const scope = () => ({
  zoneId: text().optional().describe("Id of the zone that it counts for. Either this or `accountId`."),
  accountId: text().optional().describe("Id of the account for all whose zones it counts."),
});

/** Path of the rules of a zone or an account. Throws `TaskFailure` unless exactly one is named. */
export function rulesPath(written: { readonly zoneId?: string | undefined; readonly accountId?: string | undefined }) {
  const [zone, account] = [written.zoneId, written.accountId].map(given);
  if ((zone === undefined) === (account === undefined))
    throw new TaskFailure("A rule counts for a zone or for an account: give either `zoneId` or `accountId`.");
  const owner =
    zone === undefined ? `/accounts/${pathPart("accountId", account!)}` : `/zones/${pathPart("zoneId", zone)}`;
  return `${owner}/firewall/access_rules/rules`;
}

/** How Cloudflare tells of a rule. */
export const accessRule = () =>
  z.looseObject({
    id: z.string(),
    mode: z.string(),
    configuration: z.looseObject({ target: z.string(), value: z.string() }),
  });
