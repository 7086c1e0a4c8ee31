import { randomUUID } from "node:crypto";
import type { JsonMap, JsonValue, PollingContext } from "@capstan/sdk";
import type { Redis } from "ioredis";
import { replies } from "../transaction.ts";

// How elements leave a list without getting lost:
//
//   listed → claimed     LMOVE, from the head of the list to the end of a list of the claimant.
//   claimed → batched    A batch gets a new name, which Redis keeps; it is the first so many claimed elements.
//   batched → settled    Once what became of the batch is durable, its elements are removed with the name, at once.
//
// A claimant that ends in between leaves claimed elements behind. It finds them at its next start, before it claims others: they
// were settled only when the batch that its durable position tells of is the one that Redis keeps the name of. A second claimant
// of the same name (a server that lost its place but does not know it yet) gives another name to the batch or adds at the end, so
// that elements may be given twice, but none is removed that was not given.

/** Names of what belongs to one claimant. */
export interface Claim {
  /** The list that elements are claimed from. */
  readonly source: string;
  readonly claimed: string;
  /** Holds the name of the last batch. */
  readonly batchName: string;
}

/** A batch that became durable; part of the position of a trigger. */
export interface Batch {
  readonly name: string;
  readonly count: number;
}

/** What one claimant claims of a list. All keys are of one slot, so that a cluster keeps them together. */
export function claimOf(source: string, owner: string): Claim {
  const tagged = /\{[^}]+\}/u.test(source) ? source : `{${source}}`;
  const claimed = `capstan:${tagged}:${owner}`;
  return { source, claimed, batchName: `${claimed}:batch` };
}

/** The name of a trigger as a claimant. */
export function ownerOf({
  tenant,
  namespace,
  flowId,
  triggerId,
}: Pick<PollingContext<unknown>, "tenant" | "namespace" | "flowId" | "triggerId">): string {
  return [tenant, namespace, flowId, triggerId].join("/");
}

/** The batch of a durable position; undefined where that tells of none. */
export function batchOf(position: JsonValue | undefined): Batch | undefined {
  if (typeof position !== "object" || position === null) return undefined;
  const { name, count } = position as JsonMap;
  return typeof name === "string" && typeof count === "number" ? { name, count } : undefined;
}

/** Starts a batch of what is claimed already and what will be; answers its name. */
export async function nameBatch(redis: Redis, { batchName }: Claim): Promise<string> {
  const name = randomUUID();
  await redis.set(batchName, name);
  return name;
}

/** Removes the elements of a durable batch; does nothing when that is done already, or when it was not the last one. */
export async function settle(redis: Redis, { claimed, batchName }: Claim, batch: Batch | undefined): Promise<void> {
  if (batch === undefined) return;
  await redis.watch(batchName);
  if ((await redis.get(batchName)) === batch.name)
    await replies(redis.multi().ltrim(claimed, batch.count, -1).del(batchName));
  else await redis.unwatch();
}

/** Up to `size` claimed elements from the given index on; claims as many as are lacking. */
export async function claimedFrom(redis: Redis, claim: Claim, index: number, size: number): Promise<string[]> {
  const last = index + size - 1;
  const waiting = await redis.lrange(claim.claimed, index, last);
  if (waiting.length === size) return waiting;
  const commands = redis.pipeline();
  for (let lacking = size - waiting.length; lacking > 0; lacking -= 1)
    commands.lmove(claim.source, claim.claimed, "LEFT", "RIGHT");
  // What lies there is the truth, whoever claimed it.
  return (await replies(commands.lrange(claim.claimed, index, last))).at(-1) as string[];
}

/** Puts all claimed elements back to the head of the list, in the order they had; answers how many. */
export async function giveBack(redis: Redis, { source, claimed, batchName }: Claim): Promise<number> {
  let count = 0;
  while ((await redis.lmove(claimed, source, "RIGHT", "LEFT")) !== null) count += 1;
  await redis.del(batchName);
  return count;
}
