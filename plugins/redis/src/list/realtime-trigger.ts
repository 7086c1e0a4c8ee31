import { defineTrigger, type RealtimeContext, text } from "@capstan/sdk";
import type { Redis } from "ioredis";
import { z } from "zod";
import { url, withRedis } from "../connection.ts";
import { serdeType } from "../serde.ts";
import { batchOf, type Claim, claimedFrom, claimOf, nameBatch, ownerOf, settle } from "./claims.ts";
import { elementValue } from "./list-reading.ts";

/** How long one command waits for an element; afterwards it is asked again, which notices a server that is gone. */
const WAIT_SECONDS = 5;

const properties = () => z.object({ url: url(), key: text().describe("Name of the list."), serdeType: serdeType() });

/** Starts one execution for each element of a list, as soon as it is there. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.redis.list.RealtimeTrigger",
  title: "Start the flow for each element of a list of Redis",
  description:
    "Takes elements from the head of the list, one after the other. Each stays in a list of the trigger until its execution is " +
    "durable, so that a server that ends in between loses none. Needs Redis 6.2.",
  properties,
  outputs: () => z.object({ value: z.unknown().describe("The element: a text, or with `serdeType: JSON` any value.") }),
  examples: [
    {
      title: "Start for each job",
      code:
        "id: jobs\ntype: io.kestra.plugin.redis.list.RealtimeTrigger\nurl: \"{{ secret('REDIS_URL') }}\"\n" +
        "key: jobs\nserdeType: JSON\n",
    },
  ],
  async listen(context) {
    const claim = claimOf(context.properties.key, ownerOf(context));
    await withRedis(context, context.properties.url, async (redis) => {
      await settle(redis, claim, batchOf(context.position));
      while (!context.signal.aborted) await handOnNext(redis, claim, context);
    });
  },
});

type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

/** Hands on the next element; answers when it is settled, or when there was none for a while. */
async function handOnNext(redis: Redis, claim: Claim, { emit, properties: given, log }: Context): Promise<void> {
  const element = await nextElement(redis, claim);
  if (element === undefined) return;
  const batch = { name: await nameBatch(redis, claim), count: 1 };
  await emit({ variables: { value: elementValue(element, given, log) }, position: batch });
  await settle(redis, claim, batch);
}

/** One that was left behind goes first. */
async function nextElement(redis: Redis, claim: Claim): Promise<string | undefined> {
  const [waiting] = await claimedFrom(redis, claim, 0, 1);
  if (waiting !== undefined) return waiting;
  await redis.blmove(claim.source, claim.claimed, "LEFT", "RIGHT", WAIT_SECONDS);
  return (await claimedFrom(redis, claim, 0, 1))[0];
}
