import { defineTask, dynamic, parseJsonValue, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { expiration, expire } from "../expiration.ts";
import { replies } from "../transaction.ts";

/** Adds to a number of a JSON document. */
export const jsonIncrement = defineTask({
  type: "io.kestra.plugin.redis.json.Increment",
  title: "Add to a number of a JSON document of Redis",
  description: "Needs the JSON commands: Redis 8, Redis Stack, or a server with that module. The document must exist.",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the key."),
      amount: dynamic(z.number()).default(1).describe("What is added; negative to subtract. Default: 1."),
      path: text().describe("Where the number is, such as `$.visits`."),
      options: z.object(expiration()).optional().describe("When the document goes away."),
    }),
  outputs: () =>
    z.object({
      value: z.number().describe("The sum; the first one where `path` names several numbers."),
      key: z.string().describe("Name of the key."),
    }),
  examples: [
    {
      title: "Count a visit",
      code:
        "id: count\ntype: io.kestra.plugin.redis.json.Increment\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: user:ada\npath: $.visits\n",
    },
  ],
  async run(context) {
    const { key, amount, path, options = {} } = context.properties;
    const [reply] = await withRedis(context, context.properties.url, (redis) => {
      const commands = redis.multi();
      commands.call("JSON.NUMINCRBY", key, path, amount);
      expire(commands, key, options);
      return replies(commands);
    });
    const sums = [parseJsonValue(String(reply))].flat();
    const value = sums.find((sum) => typeof sum === "number");
    if (value === undefined)
      throw new TaskFailure(`There is no number at ${path} of ${key}. Set one before, or name another path.`);
    context.log.info(`${path} of ${key} is ${value}.`);
    return { value, key };
  },
});
