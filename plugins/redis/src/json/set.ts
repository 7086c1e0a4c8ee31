import { anyValue, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { writtenJson } from "../serde.ts";
import { replies } from "../transaction.ts";
import { path, valueAt } from "./json-path.ts";

const flag = (description: string) => dynamic(z.boolean()).default(false).describe(`${description} Default: false.`);

/** Sets a JSON document, or a part of it. */
export const jsonSet = defineTask({
  type: "io.kestra.plugin.redis.json.Set",
  title: "Set a JSON document of Redis",
  description:
    "Needs the JSON commands: Redis 8, Redis Stack, or a server with that module. A condition that does not hold is no failure.",
  properties: () =>
    z.object({
      url: url(),
      key: text().describe("Name of the key."),
      value: anyValue().describe("Any value, or its JSON as a text; a text that is no JSON is kept as a text."),
      options: z
        .object({
          mustNotExist: flag("Set it only when there is nothing at `path`."),
          mustExist: flag("Set it only when there is something at `path`."),
        })
        .prefault({})
        .describe("Conditions."),
      get: flag("Answer what was there before."),
      path: path(),
    }),
  outputs: () =>
    z.object({ oldValue: z.unknown().describe("With `get`, what was there before; null where there was nothing.") }),
  examples: [
    {
      title: "Keep a document",
      code:
        "id: keep\ntype: io.kestra.plugin.redis.json.Set\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        'key: "user:{{ inputs.user }}"\nvalue:\n  name: "{{ inputs.name }}"\n  tags: [new]\n',
    },
  ],
  async run(context) {
    const { key, path: at, value, options, get } = context.properties;
    if (options.mustExist && options.mustNotExist)
      throw new TaskFailure(
        "`options` has both `mustExist` and `mustNotExist`, which never hold together. Keep one of them.",
      );
    const words = options.mustExist ? ["XX"] : options.mustNotExist ? ["NX"] : [];
    const answered = await withRedis(context, context.properties.url, (redis) => {
      const commands = redis.multi();
      if (get) commands.call("JSON.GET", key, at);
      return replies(commands.call("JSON.SET", key, at, writtenJson(value), ...words));
    });
    context.log.info(
      answered.at(-1) === null ? `${key} is left as it is: the condition does not hold.` : `Set ${key}.`,
    );
    return { oldValue: get ? (valueAt(answered[0]) ?? null) : null };
  },
});
