import { defineTrigger, duration, type JsonValue } from "@capstan/sdk";
import { z } from "zod";
import { collect, collectedOutputs, limitProperties } from "./collect.ts";
import type { Position } from "./positions.ts";
import type { RawRecord } from "./raw-records.ts";
import { withRecords } from "./record-source.ts";
import { checkSerdes } from "./serde.ts";
import { groupId, subscriptionProperties } from "./subscription.ts";

/** How long one question reads a topic that is never silent, in milliseconds; the next question goes on. */
const BUSY_MS_MAX = 60_000;

/** Reads records again and again, and starts one execution for all it found. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.kafka.Trigger",
  title: "Start the flow for records of Kafka, many at a time",
  description:
    "One execution for all that came since the last question. They are committed at the next question, when it is durable, so that none is " +
    "lost. For an execution for each record, at once, take `RealtimeTrigger`.",
  properties: () =>
    z.object({
      ...subscriptionProperties(),
      ...limitProperties(),
      groupId: groupId(),
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    }),
  outputs: collectedOutputs,
  examples: [
    {
      title: "Look for orders every ten minutes",
      code:
        "id: orders\ntype: io.kestra.plugin.kafka.Trigger\ninterval: PT10M\ntopic: orders\ngroupId: capstan\nvalueDeserializer: JSON\n" +
        "properties:\n  bootstrap.servers: kafka.example.com:9092\n",
    },
  ],
  async poll(context) {
    const { properties, log } = context;
    checkSerdes(properties.keyDeserializer, properties.valueDeserializer);
    return withRecords(context, async (source) => {
      const told = toldTo(source.group, context.position);
      if (told.length > 0) await source.commit(told);
      const limits = { ...properties, busyMsMax: BUSY_MS_MAX };
      const { messagesCount, uri, read } = await collect(source, limits, context, isIn(told));
      if (messagesCount > 0) {
        log.info(`Read ${messagesCount} records.`);
        return { variables: { messagesCount, uri }, position: positionOf(source.group, read) };
      }
      await context.files.delete(uri);
      await source.commit(read);
      return told.length === 0 ? undefined : { position: positionOf(source.group, []) };
    });
  },
});

/** What was told and is to be committed, as it is stored with the execution. */
interface Told {
  readonly group: string;
  /** Offsets are texts, since they may be longer than numbers. */
  readonly next: readonly (readonly [topic: string, partition: number, offset: string])[];
}

function positionOf(group: string | undefined, read: readonly Position[]): JsonValue {
  const next = read.map(({ topic, partition, offset }) => [topic, partition, offset.toString()] as const);
  return { group: group ?? "", next } satisfies Told;
}

/** Nothing when it was told for another group, since the group was changed. */
function toldTo(group: string | undefined, position: JsonValue | undefined): readonly Position[] {
  const told = position as unknown as Told | undefined;
  if (told?.group !== group) return [];
  return told!.next.map(([topic, partition, offset]) => ({ topic, partition, offset: BigInt(offset) }));
}

/** A partition may have been read from before it was committed. */
function isIn(told: readonly Position[]): (record: RawRecord) => boolean {
  return ({ topic, partition, offset }) =>
    told.some((position) => position.topic === topic && position.partition === partition && offset < position.offset);
}
