import { TaskFailure, text } from "@capstan/sdk";
import type { TaskContext } from "@capstan/sdk";
import type { Collection, MongoClient } from "mongodb";
import { z } from "zod";
import { mongoFailure } from "./failure.ts";

/** Where a collection is. */
export const collectionProperties = () => ({
  connection: z
    .object({
      uri: text().describe("Address of MongoDB, such as `mongodb://user:password@host:27017/`. Keep it in a secret."),
    })
    .describe("How MongoDB is reached."),
  database: text().describe("The database."),
  collection: text().describe("The collection."),
});
export type Place = z.output<z.ZodObject<ReturnType<typeof collectionProperties>>>;

/** In an example: the lines that say where the collection is. */
export const EXAMPLE_PLACE =
  "connection:\n  uri: \"{{ secret('MONGODB_URI') }}\"\ndatabase: shop\ncollection: orders\n";

/** How long a server may take to be found, if the address says nothing else, in milliseconds. */
const FIND_SERVER_MS = 10_000;

/** How values come: numbers of 64 bits and bytes as the server has them. */
const READ = { promoteLongs: false, promoteBuffers: false, ignoreUndefined: true } as const;

/**
 * Runs something with a collection, on a client of its own, which ends with it; when the signal aborts, at once. Throws `TaskFailure` for
 * what the server refuses, and when there is none.
 */
export async function withCollection<Result>(
  { connection, database, collection }: Place,
  { signal, mask }: Pick<TaskContext<unknown>, "signal"> & Partial<Pick<TaskContext<unknown>, "mask">>,
  run: (collection: Collection) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const client = await clientOf(connection.uri, mask);
  // What waits for an answer is told that the client is closed.
  const end = () => void client.close(true).catch(() => undefined);
  signal.addEventListener("abort", end);
  try {
    const done = await run(client.db(database).collection(collection, READ));
    signal.throwIfAborted(); // The cursor of a client that is closed ends as one that has no more documents.
    return done;
  } catch (error) {
    signal.throwIfAborted();
    throw mongoFailure(error);
  } finally {
    signal.removeEventListener("abort", end);
    await client.close(true);
  }
}

async function clientOf(uri: string, mask: ((value: string) => void) | undefined): Promise<MongoClient> {
  const { MongoClient } = await import("mongodb");
  const written = /^mongodb(?:\+srv)?:\/\/[^/@:]*:([^/@]+)@/u.exec(uri.trim())?.[1];
  if (written !== undefined) {
    mask?.(written);
    if (/%[\da-f]{2}/iu.test(written)) mask?.(decoded(written));
  }
  const says = (name: string) => uri.toLowerCase().includes(`${name.toLowerCase()}=`);
  try {
    return new MongoClient(uri.trim(), {
      appName: "capstan",
      maxPoolSize: 2,
      ...(!says("serverSelectionTimeoutMS") && { serverSelectionTimeoutMS: FIND_SERVER_MS }),
    });
  } catch (error) {
    // The driver's message may show a part of the address.
    throw new TaskFailure(
      "`connection.uri` is no address of MongoDB: it looks like mongodb://user:password@host:27017/, with characters such as @, : and / of the password written as %40, %3A and %2F.",
      { cause: error },
    );
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // The driver refuses it.
  }
}
