import { defineTask, dynamic, instant, text } from "@capstan/sdk";
import { matchesGlob } from "node:path";
import { z } from "zod";
import { isOneRule, namespaceSelection, ONE_RULE, selectedNamespaces } from "../namespace/selection.ts";

const expiredOnly = () => dynamic(z.boolean()).describe("Whether only pairs whose time is over are deleted.");

const behavior = () =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("key"), expiredOnly: expiredOnly().default(true) }),
    z
      .object({
        type: z.literal("version"),
        before: instant().optional().describe("Delete versions made before this date."),
        keepAmount: dynamic(z.int().min(1)).optional().describe("Keep so many versions of each pair."),
      })
      .refine(isOneRule, ONE_RULE),
  ]);

/** Deletes expired pairs, or all that match. */
export const purgeKv = defineTask({
  type: "io.kestra.plugin.core.kv.PurgeKV",
  title: "Purge key-value pairs",
  properties: () =>
    z.object({
      keyPattern: text().optional().describe("Glob of the keys."),
      ...namespaceSelection(),
      expiredOnly: expiredOnly()
        .optional()
        .meta({ deprecated: true, description: "Older form of `behavior.expiredOnly`; goes before `behavior`." }),
      behavior: behavior().optional().describe("What is deleted: pairs (`key`) or old versions of them (`version`)."),
    }),
  outputs: () => z.object({ size: z.int().describe("Number of pairs deleted.") }),
  examples: [
    {
      title: "Delete expired pairs every day",
      code: "id: purge\ntype: io.kestra.plugin.core.kv.PurgeKV\nnamespaces:\n  - company\nbehavior:\n  type: key\n  expiredOnly: true\n",
    },
  ],
  async run({ properties, services: { keyValues }, log, now }) {
    const { keyPattern, behavior, expiredOnly } = properties;
    if (expiredOnly === undefined && behavior?.type === "version") {
      log.info("Only the current version of a key-value pair is stored, so there are no old versions to purge");
      return { size: 0 };
    }
    const isExpiredOnly = expiredOnly ?? (behavior?.type === "key" ? behavior.expiredOnly : true);
    const all = keyValues.namespaces?.bind(keyValues);
    let size = 0;
    for (const namespace of await selectedNamespaces(properties, all))
      for (const { key, expiresAt } of await keyValues.list(namespace, undefined, { expired: true })) {
        if (isExpiredOnly && (expiresAt === undefined || expiresAt > now())) continue;
        if (keyPattern !== undefined && !matchesGlob(key, keyPattern)) continue;
        if (await keyValues.delete(namespace, key)) size += 1;
      }
    return { size };
  },
});
