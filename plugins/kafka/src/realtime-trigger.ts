import { defineTrigger, type RealtimeContext } from "@capstan/sdk";
import { z } from "zod";
import { withDeadLetters } from "./dead-letters.ts";
import { createPositions } from "./positions.ts";
import type { RawRecord } from "./raw-records.ts";
import { type RecordSource, withRecords } from "./record-source.ts";
import { createRowReader, rowOutputs, type RowReader } from "./row.ts";
import { checkSerdes } from "./serde.ts";
import { groupId, subscriptionProperties } from "./subscription.ts";

/** Executions that are started at the same time. */
export const UNDER_WAY_MAX = 20;
/** Until the trigger looks whether it is to stop; brokers answer as soon as they have a record. */
const WAIT_MS = 60_000;

const properties = () => z.object({ ...subscriptionProperties(), groupId: groupId() });
type Context = RealtimeContext<z.output<ReturnType<typeof properties>>>;

/** Starts one execution for each record. */
export const realtimeTrigger = defineTrigger({
  type: "io.kestra.plugin.kafka.RealtimeTrigger",
  title: "Start the flow for each record of Kafka",
  description:
    "At once, and each at least once: a record is committed when its execution and those of all records before it are durable.",
  properties,
  outputs: rowOutputs,
  examples: [
    {
      title: "Start for each order",
      code:
        "id: order\ntype: io.kestra.plugin.kafka.RealtimeTrigger\ntopic: orders\ngroupId: capstan\nvalueDeserializer: JSON\n" +
        "properties:\n  bootstrap.servers: kafka.example.com:9092\n",
    },
  ],
  async listen(context) {
    const { properties: given, signal } = context;
    checkSerdes(given.keyDeserializer, given.valueDeserializer);
    await withRecords(context, (source) =>
      withDeadLetters(source.cluster, signal, async ({ forward }) => {
        const reader = createRowReader(given, { ...context, forward });
        while (!signal.aborted) {
          const records = await source.next(WAIT_MS);
          for (let at = 0; at < records.length; at += UNDER_WAY_MAX)
            await tell(context, source, reader, records.slice(at, at + UNDER_WAY_MAX));
        }
      }),
    );
  },
});

/** Starts the executions of these records at once, and commits those that are durable with all before them. Throws what kept one from it. */
async function tell(
  { emit }: Context,
  source: RecordSource,
  reader: RowReader,
  records: readonly RawRecord[],
): Promise<void> {
  const told = await Promise.allSettled(
    records.map(async (record) => {
      const row = await reader.rowOf(record);
      if (row !== undefined) await emit({ variables: row });
    }),
  );
  const failed = told.findIndex(({ status }) => status === "rejected");
  const durable = createPositions();
  for (const { topic, partition, offset } of failed === -1 ? records : records.slice(0, failed))
    durable.set({ topic, partition, offset: offset + 1n });
  await source.commit(durable.all());
  const failure = told[failed];
  if (failure?.status === "rejected") throw failure.reason;
}
