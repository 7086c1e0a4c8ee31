import { Kinesis } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { JsonMap, JsonValue, TriggerDefinition } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { definition } from "../testing/bucket-world.ts";
import { createServiceWorld } from "../testing/service-world.ts";
import { orderShards } from "./shards.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

interface Found {
  readonly variables?: { readonly count: number; readonly uri: string };
  readonly position: JsonValue;
}

/** Looks that end as soon as they may. */
const QUICK = { maxDuration: "PT0.1S", pollDuration: "PT0.1S" };

async function streamWorld(shards = 1) {
  const world = createServiceWorld(server);
  const { name: streamName } = world;
  const kinesis = new Kinesis({ ...world.settings, requestHandler: new NodeHttpHandler() });
  onTestFinished(() => kinesis.destroy());
  await kinesis.createStream({ StreamName: streamName, ShardCount: shards });
  const { StreamDescription } = await kinesis.describeStream({ StreamName: streamName });
  const ask = async (properties: JsonMap = {}, position?: JsonValue): Promise<Found | undefined> => {
    const trigger = definition("kinesis.Trigger") as TriggerDefinition;
    const given = { streamName, ...QUICK, ...world.connection, ...properties };
    const context = { ...world.world.context<never>(trigger, given), ...world.world.identity };
    return (await trigger.poll?.({ ...context, triggerId: "trigger", position })) as Found | undefined;
  };
  const run = (type: string, properties: JsonMap) => world.run(`kinesis.${type}`, properties);
  return {
    ...world,
    streamName,
    streamArn: StreamDescription!.StreamARN!,
    shardIds: StreamDescription!.Shards!.map(({ ShardId }) => ShardId!),
    kinesis,
    run,
    ask,
    send: (...texts: readonly string[]) =>
      run("PutRecords", { streamName, records: texts.map((data) => ({ data, partitionKey: data })) }),
    dataOf: async (uri: unknown) => (await world.rows(uri)).map(({ data }) => data),
  };
}

describe("PutRecords", () => {
  test("records are sent by name or by ARN, and the file says where they are", async () => {
    const { run, rows, streamName, streamArn, dataOf } = await streamWorld();
    const records = [
      { data: "text", partitionKey: "a" },
      { data: { order: 1 }, partitionKey: "b", explicitHashKey: "7" },
    ];
    const { outputs } = await run("PutRecords", { streamName, records });
    expect(outputs).toMatchObject({ recordCount: 2, failedRecordsCount: 0 });
    const answers = await rows(outputs?.["uri"]);
    expect(answers).toMatchObject(records);
    expect(answers[0]).toMatchObject({ shardId: "shardId-000000000000", sequenceNumber: expect.any(String) as string });
    await run("PutRecords", { streamArn, records: { data: "third", partitionKey: "c" } });
    const read = await run("Consume", { streamName, iteratorType: "TRIM_HORIZON", ...QUICK });
    expect(await dataOf(read.outputs?.["uri"])).toEqual(["text", '{"order":1}', "third"]);
  });

  test("more than one request holds go in several", async () => {
    const { run, streamName, world } = await streamWorld();
    const lines = Array.from({ length: 501 }, (_, data) => JSON.stringify({ data, partitionKey: "k" }));
    const records = await world.files.put("records.ion", lines.join("\n"));
    expect((await run("PutRecords", { streamName, records })).outputs).toMatchObject({ recordCount: 501 });
  });

  test.each([
    [{ streamName: "a", streamArn: "b" }, "Which stream is meant is not clear"],
    [{}, "Which stream is meant is not clear"],
    [{ streamName: "a", records: { data: "x" } }, "Record 1 of `records` can't be sent: `partitionKey` "],
    [{ streamName: "gone" }, "Sending records 1 to 1 to gone failed: Stream gone under account 123456789012 not found"],
  ])("%j fails", async (properties, message) => {
    const { run } = await streamWorld();
    const records = { data: "x", partitionKey: "k" };
    expect((await run("PutRecords", { records, ...properties })).message).toContain(message);
  });
});

describe("Consume", () => {
  test("all shards are read from their oldest record, with what is known of each", async () => {
    const { run, send, rows, streamName, shardIds } = await streamWorld(3);
    const texts = Array.from({ length: 20 }, (_, number) => `record ${number}`);
    await send(...texts);
    const { outputs } = await run("Consume", { streamName, iteratorType: "TRIM_HORIZON", ...QUICK });
    expect(outputs).toMatchObject({ count: 20 });
    const read = await rows(outputs?.["uri"]);
    expect(new Set(read.map(({ data }) => data))).toEqual(new Set(texts));
    expect(read[0]).toMatchObject({
      partitionKey: read[0]!["data"],
      approximateArrivalTimestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    const last = Object.fromEntries(read.map(({ shardId, sequenceNumber }) => [shardId, sequenceNumber]));
    expect(outputs?.["lastSequencePerShard"]).toEqual(last);
    expect(Object.keys(last).toSorted()).toEqual(shardIds.toSorted());
  });

  test("no more than maxRecords are read, and the reading goes on behind the last of them", async () => {
    const { run, send, dataOf, streamName, shardIds } = await streamWorld();
    await send("a", "b", "c");
    const first = await run("Consume", { streamName, iteratorType: "TRIM_HORIZON", maxRecords: 2 });
    expect(await dataOf(first.outputs?.["uri"])).toEqual(["a", "b"]);
    const { [shardIds[0]!]: startingSequenceNumber } = first.outputs!["lastSequencePerShard"] as Record<string, string>;
    const from = async (iteratorType: string) => {
      const { outputs } = await run("Consume", {
        streamName,
        iteratorType,
        startingSequenceNumber,
        ...QUICK,
      } as JsonMap);
      return dataOf(outputs?.["uri"]);
    };
    expect(await from("AFTER_SEQUENCE_NUMBER")).toEqual(["c"]);
    expect(await from("AT_SEQUENCE_NUMBER")).toEqual(["b", "c"]);
  });

  test("bytes that are no text are base64", async () => {
    const { run, kinesis, dataOf, streamName } = await streamWorld();
    await kinesis.putRecord({ StreamName: streamName, PartitionKey: "k", Data: Buffer.from([255, 0]) });
    const { outputs } = await run("Consume", { streamName, iteratorType: "TRIM_HORIZON", ...QUICK });
    expect(await dataOf(outputs?.["uri"])).toEqual(["/wA="]);
  });

  test("a shard that was split is read before those that it became", async () => {
    const { run, send, kinesis, dataOf, streamName, shardIds } = await streamWorld();
    await send("before");
    const half = (2n ** 127n).toString();
    await kinesis.splitShard({ StreamName: streamName, ShardToSplit: shardIds[0]!, NewStartingHashKey: half });
    await send("after 1", "after 2", "after 3");
    const { outputs } = await run("Consume", {
      streamName,
      iteratorType: "TRIM_HORIZON",
      ...QUICK,
      maxDuration: "PT1S",
    });
    const data = await dataOf(outputs?.["uri"]);
    expect([data[0], data.length]).toEqual(["before", 4]);
  });

  test.each([
    [{ iteratorType: "AT_TIMESTAMP" }, "`iteratorType` is AT_TIMESTAMP, and no property says which time."],
    [{ iteratorType: "AFTER_SEQUENCE_NUMBER" }, "`startingSequenceNumber` is missing"],
    [{ streamName: "gone" }, "Looking for the shards of gone failed: "],
  ])("%j fails", async (properties, message) => {
    const { run, streamName } = await streamWorld();
    expect((await run("Consume", { streamName, ...properties })).message).toContain(message);
  });

  test("a kill ends the waiting for records", async () => {
    const { streamName } = await streamWorld();
    const { run, world } = createServiceWorld(server, { signal: AbortSignal.timeout(500) });
    const started = performance.now();
    expect((await run("kinesis.Consume", { streamName, pollDuration: "PT20S" })).state).toBe("FAILED");
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(world.metrics).toEqual([]);
  });
});

describe("Trigger", () => {
  test("what came before the first question is not told, and everything after it once", async () => {
    const { ask, send, dataOf } = await streamWorld(2);
    await send("old");
    const sentBy = Date.now();
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(sentBy);
    const first = await ask();
    expect(first?.variables).toBeUndefined();
    await send("a", "b");
    const second = await ask({}, first!.position);
    expect(new Set(await dataOf(second?.variables?.uri))).toEqual(new Set(["a", "b"]));
    expect(await ask({}, second!.position)).toBeUndefined();
    await send("c");
    const third = await ask({}, second!.position);
    expect(await dataOf(third?.variables?.uri)).toEqual(["c"]);
  });

  test("an event whose execution did not become durable is told again", async () => {
    const { ask, send, dataOf } = await streamWorld();
    await send("a");
    const told = async () => dataOf((await ask({ iteratorType: "TRIM_HORIZON" }))?.variables?.uri);
    expect(await told()).toEqual(["a"]);
    expect(await told()).toEqual(["a"]);
  });

  test("a sequence number counts for the first question, also when nothing came behind it", async () => {
    const { ask, run, send, dataOf, streamName, shardIds } = await streamWorld();
    await send("a", "b");
    const { outputs } = await run("Consume", { streamName, iteratorType: "TRIM_HORIZON", ...QUICK });
    const { [shardIds[0]!]: last = "" } = outputs!["lastSequencePerShard"] as Record<string, string>;
    const after = { iteratorType: "AFTER_SEQUENCE_NUMBER", startingSequenceNumber: last };
    const first = await ask(after);
    expect(first?.variables).toBeUndefined();
    await send("c");
    expect(await dataOf((await ask(after, first!.position))?.variables?.uri)).toEqual(["c"]);
  });
});

test("shards are read once those that they came from are at their end", () => {
  const order = orderShards([
    { id: "a", parents: ["gone"] },
    { id: "b", parents: [] },
    { id: "ab", parents: ["a", "b"] },
  ]);
  const started = () => order.start().map(({ id }) => id);
  expect(started()).toEqual(["a", "b"]);
  order.end("a", [{ id: "ab", parents: ["a", "b"] }]);
  expect(started()).toEqual([]);
  order.end("b", [{ id: "ab", parents: ["a", "b"] }]);
  expect(started()).toEqual(["ab"]);
  order.end("ab", [{ id: "new", parents: ["ab"] }]);
  expect(started()).toEqual(["new"]);
  expect(started()).toEqual([]);
});
