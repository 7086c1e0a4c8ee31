import { defineTask, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import { withRedis } from "../connection.ts";
import { type Claim, claimOf, giveBack, nameBatch, settle } from "./claims.ts";
import { checkLimits, readingOutputs, readingProperties, storeClaimed } from "./list-reading.ts";

/** How long a task that fails or is killed takes to put elements back. */
const GIVE_BACK_MS_MAX = 5_000;

/** Takes elements off the head of a list into a file. */
export const listPop = defineTask({
  type: "io.kestra.plugin.redis.list.ListPop",
  aliases: ["io.kestra.plugin.redis.ListPop"],
  title: "Take elements off a list of Redis",
  description:
    "Takes them from the head of the list. When the task fails or is killed, they go back to where they were. Needs Redis 6.2.",
  properties: () => z.object(readingProperties()),
  outputs: readingOutputs,
  examples: [
    {
      title: "Take all that waits, a thousand at most",
      code:
        "id: take\ntype: io.kestra.plugin.redis.list.ListPop\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: jobs\nserdeType: JSON\nmaxRecords: 1000\n",
    },
  ],
  async run(context) {
    const { properties, identity, files, log } = context;
    checkLimits(properties);
    const claim = claimOf(properties.key, `task/${identity.idempotencyKey}`);
    try {
      const { count, uri } = await withRedis(context, properties.url, async (redis) => {
        const name = await nameBatch(redis, claim);
        const stored = await storeClaimed(redis, claim, properties, context);
        const taken = stored ?? { count: 0, uri: await files.put("elements.ion", "") };
        await settle(redis, claim, { name, count: taken.count });
        return taken;
      });
      context.metric({ name: "popped.records.count", type: "counter", value: count, tags: { key: properties.key } });
      log.info(`Took ${count} elements off ${properties.key}.`);
      return { count, uri };
    } catch (error) {
      await giveBackInTime(claim, properties.url, log);
      throw error;
    }
  },
});

/** The reason of the failure is what is told, whether this works or not. */
async function giveBackInTime(claim: Claim, url: string, log: TaskLogger): Promise<void> {
  const signal = AbortSignal.timeout(GIVE_BACK_MS_MAX);
  try {
    const count = await withRedis({ signal }, url, (redis) => giveBack(redis, claim));
    if (count > 0) log.info(`Put ${count} elements back to ${claim.source}.`);
  } catch {
    log.warn(
      `What was taken off ${claim.source} could not be put back. If anything was, it waits in ${claim.claimed}.`,
    );
  }
}
