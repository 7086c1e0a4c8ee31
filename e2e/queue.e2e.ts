import { SQS } from "@aws-sdk/client-sqs";
import { startS3Server } from "@capstan/storage/test-kit";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { executionsOf } from "./executions.ts";
import { startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";
const ROUNDS = 4;
/** How long a server lives at most once it takes work, in milliseconds. */
const LIFE_MS_MAX = 1_500;
/** Messages that are sent for each life, ten to a request. */
const MESSAGES = 60;
const TIMEOUT_MS = 300_000;

const credentials = { accessKeyId: "test-key", secretAccessKey: "test-secret" };

const flowFor = (queueUrl: string, endpoint: string) => `
id: order
namespace: ${NAMESPACE}
tasks:
  - id: show
    type: io.kestra.plugin.core.debug.Return
    format: "{{ trigger.data }}"
triggers:
  - id: orders
    type: io.kestra.plugin.aws.sqs.RealtimeTrigger
    queueUrl: ${queueUrl}
    endpointOverride: ${endpoint}
    accessKeyId: ${credentials.accessKeyId}
    secretKeyId: ${credentials.secretAccessKey}
    maxNumberOfMessage: 10
    visibilityTimeout: 2
    waitTime: PT1S
`;

test("no message of a queue is lost, at whatever moment the server is killed", { timeout: TIMEOUT_MS }, async () => {
  const queues = await startS3Server();
  onTestFinished(() => queues.stop());
  const { endpoint } = queues;
  const sqs = new SQS({ endpoint, region: "us-east-1", credentials });
  onTestFinished(() => sqs.destroy());
  const { QueueUrl = "" } = await sqs.createQueue({ QueueName: "orders" });
  const sent: string[] = [];
  const send = async (round: number) => {
    const bodies = Array.from({ length: MESSAGES }, (_, index) => `${round}-${index}`);
    for (let start = 0; start < MESSAGES; start += 10) {
      const Entries = bodies.slice(start, start + 10).map((MessageBody) => ({ Id: MessageBody, MessageBody }));
      await sqs.sendMessageBatch({ QueueUrl, Entries });
    }
    sent.push(...bodies);
  };
  const folder = await temporaryFolder();
  const flows = await writeFlows(join(folder, "flows"), { order: flowFor(QueueUrl, endpoint) });
  const data = join(folder, "data");
  const lives = Array.from({ length: ROUNDS }, () => Math.round(Math.random() * LIFE_MS_MAX));
  for (const [round, life] of lives.entries()) {
    await send(round);
    const server = await startServer({ data, flows, folder });
    await sleep(life);
    await server.kill();
  }
  await send(ROUNDS);

  const { url } = await startServer({ data, flows, folder });
  const lasted = `servers that lived for ${lives.join(", ")} ms`;
  await until("the queue is empty", async () => {
    const AttributeNames = ["ApproximateNumberOfMessages" as const, "ApproximateNumberOfMessagesNotVisible" as const];
    const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames });
    return Object.values(Attributes).every((count) => count === "0") ? true : undefined;
  });
  const told = (await executionsOf(url, NAMESPACE, "order")).map(({ trigger }) => String(trigger?.variables["data"]));
  expect([...new Set(told)].toSorted(), lasted).toEqual(sent.toSorted());
  // Once more for each kill at most: those whose execution was durable, and that nobody could remove any more.
  expect(told.length, lasted).toBeLessThanOrEqual(sent.length + ROUNDS * 10);
});
