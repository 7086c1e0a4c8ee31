import { TaskFailure, text } from "@capstan/sdk";
import type { KV } from "@nats-io/kv";
import { type Caller, connectionProperties, withNats } from "../connection.ts";

/** Properties of what works on the keys of a bucket. */
export const bucketProperties = () => ({
  ...connectionProperties(),
  bucketName: text().describe("Name of the bucket."),
});

/** Opens a bucket. Throws `TaskFailure` when there is none of this name. */
export async function withBucket<Result>(
  caller: Caller & { readonly properties: { readonly bucketName: string } },
  use: (bucket: KV) => Promise<Result>,
): Promise<Result> {
  const { bucketName } = caller.properties;
  return withNats(caller, async (connection) => {
    const { Kvm } = await import("@nats-io/kv");
    const bucket = await opened(new Kvm(connection), bucketName);
    return use(bucket);
  });
}

async function opened(manager: { open(name: string): Promise<KV> }, name: string): Promise<KV> {
  try {
    const bucket = await manager.open(name);
    await bucket.status(); // Opening alone asks nobody.
    return bucket;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "StreamNotFoundError") throw error;
    throw new TaskFailure(`There is no bucket ${name}. Make it with \`CreateBucket\`.`, { cause: error });
  }
}
