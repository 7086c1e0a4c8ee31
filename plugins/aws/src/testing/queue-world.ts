import { SQS } from "@aws-sdk/client-sqs";
import type { JsonMap, JsonValue, TaskDefinition, TriggerDefinition, TriggerEvent } from "@capstan/sdk";
import { createTestWorld, type TaskOutcome, type TestOptions, type TestWorld } from "@capstan/sdk/test-kit";
import type { S3Server } from "@capstan/storage/test-kit";
import { onTestFinished } from "vitest";
import { definition } from "./bucket-world.ts";

/** A queue of its own for one test, a world for tasks that use it, and a look past them. */
export interface QueueWorld {
  readonly world: TestWorld;
  readonly sqs: SQS;
  readonly url: string;
  /** What a task needs for this queue. */
  readonly place: JsonMap;
  /** Runs `io.kestra.plugin.aws.sqs.<name>` with the queue. */
  readonly run: (name: string, properties?: JsonMap) => Promise<TaskOutcome>;
  /** Asks the trigger, with a position as it would come from the store. */
  readonly ask: (properties?: JsonMap, position?: JsonValue) => Promise<Found | undefined>;
  /** Listens until `signal` is aborted, or it fails. */
  readonly listen: (
    properties: JsonMap,
    emit: (event: TriggerEvent) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly send: (...bodies: readonly string[]) => Promise<void>;
  /** Bodies of the messages that anybody could receive now; none of them is removed. */
  readonly visible: () => Promise<readonly string[]>;
  /** How many messages there are, and how many of them are kept from others. */
  readonly counts: () => Promise<{ readonly visible: number; readonly held: number }>;
}

export interface Found {
  readonly variables?: { readonly count: number; readonly uri: string };
  readonly position: JsonValue;
}

let queues = 0;

export async function createQueueWorld(
  { endpoint }: S3Server,
  { attributes = {}, ...options }: TestOptions & { readonly attributes?: Readonly<Record<string, string>> } = {},
): Promise<QueueWorld> {
  queues += 1;
  const credentials = { accessKeyId: "test-key", secretAccessKey: "test-secret" };
  const sqs = new SQS({ endpoint, region: "us-east-1", credentials });
  const name = `queue-${process.pid}-${queues}${attributes["FifoQueue"] === "true" ? ".fifo" : ""}`;
  const { QueueUrl: url = "" } = await sqs.createQueue({ QueueName: name, Attributes: attributes });
  const world = createTestWorld(options);
  onTestFinished(async () => {
    sqs.destroy();
    await world[Symbol.asyncDispose]();
  });
  const place = {
    queueUrl: url,
    endpointOverride: endpoint,
    accessKeyId: credentials.accessKeyId,
    secretKeyId: credentials.secretAccessKey,
  };
  const contextOf = (trigger: TriggerDefinition, properties: JsonMap, position?: JsonValue) => ({
    ...world.context<never>(trigger, { ...place, ...properties }),
    ...world.identity,
    triggerId: "trigger",
    position,
  });
  return {
    world,
    sqs,
    url,
    place,
    run: (task, properties = {}) => world.run(definition(`sqs.${task}`) as TaskDefinition, { ...place, ...properties }),
    ask: async (properties = {}, position) => {
      const trigger = definition("sqs.Trigger") as TriggerDefinition;
      const found = await trigger.poll?.(contextOf(trigger, properties, position));
      return found === undefined ? undefined : (JSON.parse(JSON.stringify(found)) as Found);
    },
    listen: async (properties, emit, signal) => {
      const trigger = definition("sqs.RealtimeTrigger") as TriggerDefinition;
      await trigger.listen?.({ ...contextOf(trigger, properties), emit, signal });
    },
    send: async (...bodies) => {
      for (const MessageBody of bodies) await sqs.sendMessage({ QueueUrl: url, MessageBody });
    },
    visible: async () => {
      const bodies: string[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: url, MaxNumberOfMessages: 10 });
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.map(({ Body = "" }) => Body));
      }
    },
    counts: async () => {
      const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ["All"] });
      return {
        visible: Number(Attributes["ApproximateNumberOfMessages"]),
        held: Number(Attributes["ApproximateNumberOfMessagesNotVisible"]),
      };
    },
  };
}
