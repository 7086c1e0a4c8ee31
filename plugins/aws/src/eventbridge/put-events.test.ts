import { EventBridge } from "@aws-sdk/client-eventbridge";
import { SQS } from "@aws-sdk/client-sqs";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createServiceWorld } from "../testing/service-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

/** A bus, and a queue that gets the events of `source: test`. */
async function busWorld() {
  const world = createServiceWorld(server);
  const { name, settings } = world;
  const [bus, sqs] = [new EventBridge(settings), new SQS(settings)];
  onTestFinished(() => {
    bus.destroy();
    sqs.destroy();
  });
  const { QueueUrl } = await sqs.createQueue({ QueueName: name });
  await bus.createEventBus({ Name: name });
  await bus.putRule({ Name: name, EventBusName: name, EventPattern: '{"source":["test"]}' });
  const Arn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
  await bus.putTargets({ Rule: name, EventBusName: name, Targets: [{ Id: "queue", Arn }] });
  const told = async () => {
    const all: Record<string, unknown>[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) return all;
      all.push(...Messages.map(({ Body = "" }) => JSON.parse(Body) as Record<string, unknown>));
    }
  };
  const event = (number: unknown) => ({
    eventBusName: name,
    source: "test",
    detailType: "order",
    detail: { number },
  });
  return { ...world, event, told };
}

test("events reach the rules of their bus, with all that they have", async () => {
  const { run, event, told, rows } = await busWorld();
  const entries = [
    { ...event(1), resources: ["arn:aws:s3:::bucket"] },
    { ...event(0), detail: '{"number":2}' },
  ];
  const { outputs } = await run("eventbridge.PutEvents", { entries: entries as never });
  expect(outputs).toMatchObject({ entryCount: 2, failedEntryCount: 0 });
  expect(await told()).toMatchObject([
    { source: "test", "detail-type": "order", detail: { number: 1 }, resources: ["arn:aws:s3:::bucket"] },
    { detail: { number: 2 } },
  ]);
  expect(await rows(outputs?.["uri"])).toMatchObject([
    { ...entries[0], eventId: expect.any(String) as string },
    { ...entries[1], eventId: expect.any(String) as string },
  ]);
});

test("the records of a file are sent, ten to a request", async () => {
  const { run, event, told, world } = await busWorld();
  const lines = Array.from({ length: 23 }, (_, number) => JSON.stringify(event(number)));
  const entries = await world.files.put("events.ion", lines.join("\n"));
  const { outputs } = await run("eventbridge.PutEvents", { entries });
  expect(outputs).toMatchObject({ entryCount: 23, failedEntryCount: 0 });
  expect((await told()).map(({ detail }) => detail)).toEqual(lines.map((_, number) => ({ number })));
});

test("an event that is refused fails the task, which keeps the answers", async () => {
  const { run, event, rows } = await busWorld();
  const entries = [event(1), { ...event(2), detail: "no JSON" }];
  const { state, message, outputs } = await run("eventbridge.PutEvents", { entries: entries as never });
  expect(state).toBe("FAILED");
  expect(message).toMatch(
    /^1 of 2 events were refused; number 2 was refused: .*malformed.* \(MalformedDetail\)\. All/i,
  );
  expect(outputs).toMatchObject({ entryCount: 2, failedEntryCount: 1 });
  expect(await rows(outputs?.["uri"])).toMatchObject([{}, { errorCode: "MalformedDetail" }]);
});

test("refused events may be taken as they are", async () => {
  const { run, event } = await busWorld();
  const entries = { ...event(1), detail: "no JSON" };
  const { state, outputs } = await run("eventbridge.PutEvents", { entries, failOnUnsuccessfulEvents: false });
  expect([state, outputs?.["failedEntryCount"]]).toEqual(["SUCCESS", 1]);
});

test.each([
  [{ source: "a", detailType: "b" }, "Event 1 of `entries` can't be sent: `detail` is missing."],
  [[7], "Event 1 of `entries` can't be sent: it is no map with `source`, `detailType` and `detail`."],
])("%j is no event", async (entries, message) => {
  const { run } = await busWorld();
  expect((await run("eventbridge.PutEvents", { entries })).message).toBe(message);
});
