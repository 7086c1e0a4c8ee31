import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createServiceWorld, SECRET } from "../testing/service-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

interface Told {
  readonly Message: string;
  readonly Subject?: string;
}

/** A topic, and a queue that gets what is sent to it. */
async function topicWorld(isFifo = false) {
  const world = createServiceWorld(server);
  const [sns, sqs] = [new SNS(world.settings), new SQS(world.settings)];
  onTestFinished(() => {
    sns.destroy();
    sqs.destroy();
  });
  const name = `${world.name}${isFifo ? ".fifo" : ""}`;
  const Attributes: Record<string, string> = isFifo ? { FifoQueue: "true" } : {};
  const { QueueUrl } = await sqs.createQueue({ QueueName: name, Attributes });
  const { TopicArn: topicArn = "" } = await sns.createTopic({
    Name: name,
    Attributes: isFifo ? { FifoTopic: "true" } : {},
  });
  const Endpoint = `arn:aws:sqs:us-east-1:123456789012:${name}`;
  await sns.subscribe({ TopicArn: topicArn, Protocol: "sqs", Endpoint });
  const told = async (): Promise<readonly Told[]> => {
    const all: Told[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
      if (Messages.length === 0) return all;
      all.push(...Messages.map(({ Body = "" }) => JSON.parse(Body) as Told));
    }
  };
  return { ...world, topicArn, told };
}

test("a message, a list, and JSON of either are sent: texts as they are, other values as JSON", async () => {
  const { run, topicArn, told, world } = await topicWorld();
  const sent = async (from: unknown) => (await run("sns.Publish", { topicArn, from: from as never })).outputs;
  expect(await sent({ data: "one", subject: "First" })).toEqual({ messagesCount: 1 });
  expect(await sent([{ data: { two: 2 } }, { data: [3] }])).toEqual({ messagesCount: 2 });
  expect(await sent('{"data": 4, "subject": null}')).toEqual({ messagesCount: 1 });
  expect((await told()).map(({ Message, Subject }) => [Message, Subject])).toEqual([
    ["one", "First"],
    ['{"two":2}', undefined],
    ["[3]", undefined],
    ["4", undefined],
  ]);
  expect(world.metrics).toContainEqual({ name: "sns.publish.messages", type: "counter", value: 2 });
});

test("the records of a file are sent in their order, ten to a request", async () => {
  const { run, world, topicArn, told } = await topicWorld();
  const numbers = Array.from({ length: 25 }, (_, number) => `row ${number}`);
  const from = await world.files.put("rows.ion", numbers.map((data) => JSON.stringify({ data })).join("\n"));
  expect((await run("sns.Publish", { topicArn, from })).outputs).toEqual({ messagesCount: 25 });
  expect((await told()).map(({ Message }) => Message)).toEqual(numbers);
});

test("messages that are too large for one request go in several", async () => {
  const { run, topicArn, told } = await topicWorld();
  const from = ["a", "b"].map((letter) => ({ data: letter.repeat(131_073) }));
  expect((await run("sns.Publish", { topicArn, from })).outputs).toEqual({ messagesCount: 2 });
  expect((await told()).map(({ Message }) => Message[0])).toEqual(["a", "b"]);
});

test("a group, and what tells repeats apart, go to a FIFO topic", async () => {
  const { run, topicArn, told } = await topicWorld(true);
  const from = ["x", "y", "x"].map((deduplicationId) => ({ data: deduplicationId, groupId: "g", deduplicationId }));
  await run("sns.Publish", { topicArn, from });
  expect((await told()).map(({ Message }) => Message)).toEqual(["x", "y"]);
});

test.each([
  [[{ data: "a" }, { text: "b" }], "Message 2 of `from` can't be sent: `data` is missing."],
  [["a"], "Message 1 of `from` can't be sent: it is no map with `data`."],
  [{ data: "a", subject: "s".repeat(101) }, "Message 1 of `from` can't be sent: `subject` Too big"],
])("%j is refused, and nothing is sent", async (from, message) => {
  const { run, topicArn, told } = await topicWorld();
  expect((await run("sns.Publish", { topicArn, from })).message).toMatch(message);
  expect(await told()).toEqual([]);
});

test("a topic that is not there is named, and no secret is", async () => {
  const { run, topicArn, world } = await topicWorld();
  const { message } = await run("sns.Publish", { topicArn: `${topicArn}-gone`, from: { data: "a" } });
  expect(message).toMatch(`Sending messages 1 to 1 to ${topicArn}-gone failed: Topic does not exist`);
  expect(message + JSON.stringify(world.logs)).not.toContain(SECRET);
});
