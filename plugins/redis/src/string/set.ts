import { anyValue, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { checkExpiration, expiration } from "../expiration.ts";
import { serdeType, serialized, writtenJson } from "../serde.ts";

const flag = (description: string) => dynamic(z.boolean()).default(false).describe(`${description} Default: false.`);

const options = () =>
  z.object({
    ...expiration(),
    mustNotExist: flag("Set the key only when there is none."),
    mustExist: flag("Set the key only when there is one."),
    keepTtl: flag("Keep the time at which the key goes away; without it, a key that is set again stays."),
  });

/** Sets a key. */
export const set = defineTask({
  type: "io.kestra.plugin.redis.string.Set",
  aliases: ["io.kestra.plugin.redis.Set"],
  title: "Set a key of Redis",
  description: "A condition that does not hold is no failure: the key stays as it is, and the log says so.",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the key."),
      value: anyValue().describe("What the key holds from then on; a list or map is written as JSON."),
      options: options().prefault({}).describe("Conditions, and when the key goes away."),
      get: flag("Answer what the key held before."),
      serdeType: serdeType(),
    }),
  outputs: () =>
    z.object({
      oldValue: z.string().nullable().describe("With `get`, what the key held before; null where it held nothing."),
    }),
  examples: [
    {
      title: "Remember something for an hour",
      code:
        "id: remember\ntype: io.kestra.plugin.redis.string.Set\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        'key: "report:{{ execution.id }}"\nvalue: done\noptions:\n  expirationDuration: PT1H\n',
    },
  ],
  async run(context) {
    const { key, value, serdeType: serde, get, options: how } = context.properties;
    const words = [...wordsOf(how), ...(get ? ["GET"] : [])];
    const kept = serde === "JSON" ? writtenJson(value) : serialized(value, serde);
    const reply = (await withRedis(context, context.properties.url, (redis) =>
      redis.call("SET", key, kept, ...words),
    )) as string | null;
    // With GET the reply is what was there, which the conditions are about.
    const isSet = get ? !(how.mustNotExist && reply !== null) && !(how.mustExist && reply === null) : reply !== null;
    context.log.info(
      isSet ? `Set ${key}.` : `${key} is left as it is: it ${how.mustExist ? "does not exist" : "exists"}.`,
    );
    return { oldValue: get ? reply : null };
  },
});

function wordsOf(how: z.output<ReturnType<typeof options>>): (string | number)[] {
  if (how.mustExist && how.mustNotExist)
    throw new TaskFailure(
      "`options` has both `mustExist` and `mustNotExist`, which never hold together. Keep one of them.",
    );
  checkExpiration(how);
  const isDated = how.expirationDuration !== undefined || how.expirationDate !== undefined;
  if (how.keepTtl && isDated)
    throw new TaskFailure("`options` has `keepTtl` and an expiration, but a key goes away once. Keep one of them.");
  return [
    ...(how.mustNotExist ? ["NX"] : []),
    ...(how.mustExist ? ["XX"] : []),
    ...(how.keepTtl ? ["KEEPTTL"] : []),
    ...(how.expirationDuration === undefined ? [] : ["PX", Math.trunc(how.expirationDuration)]),
    ...(how.expirationDate === undefined ? [] : ["PXAT", how.expirationDate]),
  ];
}
