import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { missing } from "../missing.ts";
import { replies } from "../transaction.ts";

const paths = () => dynamic(z.record(z.string(), z.array(z.string()).nullable()));

/** Deletes JSON documents, or parts of them. */
export const jsonDelete = defineTask({
  type: "io.kestra.plugin.redis.json.Delete",
  title: "Delete JSON documents of Redis, or parts of them",
  description: "Needs the JSON commands: Redis 8, Redis Stack, or a server with that module. All parts go at once.",
  properties: () =>
    z.object({
      url: url(),
      keys: paths().describe(
        "Keys, each with the paths to delete, such as `user:ada: [$.address]`. No path: the whole document.",
      ),
      failedOnMissing: dynamic(z.boolean())
        .default(false)
        .describe(
          "Fail when there was nothing at one of the paths; the others are deleted all the same. Default: false.",
        ),
    }),
  outputs: () => z.object({ count: z.int().describe("How many values were deleted.") }),
  examples: [
    {
      title: "Delete a part of one document, and all of another",
      code:
        "id: forget\ntype: io.kestra.plugin.redis.json.Delete\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "keys:\n  user:ada: [$.address]\n  user:bob: []\n",
    },
  ],
  async run(context) {
    const places = placesOf(context.properties.keys);
    if (places.length === 0) throw new TaskFailure("`keys` is empty. Name the keys, each with its paths.");
    const counts = await withRedis(context, context.properties.url, (redis) => {
      const commands = redis.multi();
      for (const { key, path } of places) commands.call("JSON.DEL", key, path);
      return replies(commands);
    });
    const lacking = places.filter((_place, index) => counts[index] === 0);
    if (lacking.length > 0 && context.properties.failedOnMissing)
      throw missing(lacking.map(({ key, path }) => `${key} with ${path}`));
    const count = counts.reduce<number>((sum, deleted) => sum + Number(deleted), 0);
    context.log.info(`Deleted ${count} values.`);
    return { count };
  },
});

function placesOf(keys: z.output<ReturnType<typeof paths>>): { readonly key: string; readonly path: string }[] {
  return Object.entries(keys).flatMap(([key, written]) =>
    (written === null || written.length === 0 ? ["$"] : written).map((path) => ({ key, path })),
  );
}
