import type { Producer } from "@platformatic/kafka";
import { type Cluster, withClient } from "./cluster.ts";
import type { RawRecord } from "./raw-records.ts";

/** Sends records to other topics as they are. */
export interface DeadLetters {
  /** Resolves when the brokers have it. */
  readonly forward: (record: RawRecord, topic: string) => Promise<void>;
}

/** Connects when the first record is sent, which hardly ever is; disconnects when `use` has ended. */
export async function withDeadLetters<Result>(
  cluster: Cluster,
  signal: AbortSignal,
  use: (letters: DeadLetters) => Promise<Result>,
): Promise<Result> {
  let producer: Producer | undefined;
  const forward = async ({ key, value, headers }: RawRecord, topic: string) => {
    const { Producer: Client } = await import("@platformatic/kafka");
    producer ??= new Client({ ...cluster.options, autocreateTopics: true });
    const named = new Map(headers.map(([name, content]) => [Buffer.from(name), content ?? Buffer.alloc(0)]));
    await producer.send({
      messages: [{ topic, headers: named, ...(key === null ? {} : { key }), ...(value === null ? {} : { value }) }],
      acks: -1,
    });
  };
  try {
    return await use({ forward });
  } finally {
    if (producer !== undefined) await withClient(cluster, signal, producer, async () => undefined);
  }
}
