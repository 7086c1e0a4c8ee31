import { TaskFailure } from "@capstan/sdk";
import type { Admin, Consumer, ConsumerOptions } from "@platformatic/kafka";
import { fixedAssignment, joinGroup } from "./assignment.ts";
import type { ClientProperties } from "./client-properties.ts";
import { type Caller, type Cluster, clusterOf, withClient } from "./cluster.ts";
import { createFetching, type FetchOptions } from "./fetching.ts";
import { byTopic, type Position } from "./positions.ts";
import type { RawRecord } from "./raw-records.ts";
import { groupStart, positionsSince, resetPositions } from "./starting-points.ts";
import { type Subscription, topicsOf } from "./subscription.ts";

/** Records of the topics that a task or trigger asks for. */
export interface RecordSource {
  readonly cluster: Cluster;
  /** The group that is read for; undefined where nothing is committed. */
  readonly group: string | undefined;
  /** The next records; none when none came in time (milliseconds). */
  readonly next: (waitMs: number) => Promise<readonly RawRecord[]>;
  /** Tells the group where to go on in partitions. Does nothing without a group. */
  readonly commit: (positions: readonly Position[]) => Promise<void>;
}

interface ReaderSettings extends FetchOptions {
  readonly group: string | undefined;
  readonly member: Partial<ConsumerOptions<Buffer, Buffer, Buffer, Buffer>>;
}

/** Reads until `use` has ended or the caller is told to stop. Throws `TaskFailure` that says what the cluster said. */
export async function withRecords<Result>(
  caller: Caller & { readonly properties: Subscription },
  use: (source: RecordSource) => Promise<Result>,
): Promise<Result> {
  const { properties, signal } = caller;
  checkSubscription(properties);
  const [cluster, settings] = await clusterOf(caller, (given) => readerSettings(given, properties));
  const { Admin, Consumer } = await import("@platformatic/kafka");
  const group = settings.group;
  const options = {
    ...cluster.options,
    ...settings.member,
    // One without a group never tells anybody its name.
    groupId: group ?? `capstan-${crypto.randomUUID()}`,
    autocommit: false,
  };
  return withClient(cluster, signal, new Admin(cluster.options), (admin) =>
    withClient(cluster, signal, new Consumer(options), async (consumer, lost) => {
      const topics = await topicsOf(admin, properties);
      const { assigned, commit } =
        group !== undefined && properties.partitions === undefined
          ? await membership(consumer, topics, settings)
          : await ownChoice({ admin, consumer, group }, topics, { ...settings, ...properties });
      const next = createFetching(consumer, assigned, settings, lost);
      return use({ cluster, group, next, commit });
    }),
  );
}

async function membership(consumer: Consumer, topics: readonly string[], { reset }: ReaderSettings) {
  const assigned = await joinGroup(consumer, topics, reset);
  const commit = async (positions: readonly Position[]) => {
    const owned = positions.filter((position) => assigned.positions.get(position) !== undefined);
    if (owned.length > 0)
      await consumer.commit({ offsets: owned.map((position) => ({ ...position, leaderEpoch: -1 })) });
  };
  return { assigned, commit };
}

interface Clients {
  readonly admin: Admin;
  readonly consumer: Consumer;
  readonly group: string | undefined;
}

/** All partitions or those that are named; a group keeps where to go on, and has no say in who reads what. */
async function ownChoice(
  { admin, consumer, group }: Clients,
  topics: readonly string[],
  { partitions, since, reset }: ReaderSettings & Pick<Subscription, "partitions" | "since">,
) {
  const metadata = await consumer.metadata({ topics: [...topics] });
  const chosen = topics.map((topic) => {
    const all = metadata.topics.get(topic)!.partitions.keys().toArray();
    const missing = partitions?.find((partition) => !all.includes(partition));
    if (missing !== undefined)
      throw new TaskFailure(`The topic ${topic} has ${all.length} partitions, counted from 0, and so none ${missing}.`);
    return { topic, partitions: [...(partitions ?? all)] };
  });
  const places = chosen.flatMap(({ topic, partitions: of }) => of.map((partition) => ({ topic, partition })));
  const commit = async (positions: readonly Position[]) => {
    if (group === undefined || positions.length === 0) return;
    const offsets = [...byTopic(positions)].map(([name, of]) => ({
      name,
      partitionOffsets: of.map(({ partition, offset }) => ({ partition, offset })),
    }));
    await admin.alterConsumerGroupOffsets({ groupId: group, topics: offsets });
  };
  if (group !== undefined) {
    const { known, begun } = await groupStart(consumer, chosen, reset);
    await commit(begun);
    return { assigned: fixedAssignment([...known, ...begun]), commit };
  }
  const start = await (since === undefined
    ? resetPositions(consumer, places, reset)
    : positionsSince(consumer, places, since));
  return { assigned: fixedAssignment(start), commit };
}

function readerSettings(given: ClientProperties, { groupId }: Subscription): ReaderSettings {
  const group = groupId ?? given.text("group.id");
  given.text("group.id");
  const reset = given.oneOf("auto.offset.reset", ["earliest", "latest", "none"]);
  const committed = given.oneOf("isolation.level", ["read_uncommitted", "read_committed"]) === "read_committed";
  const sessionTimeout = given.number("session.timeout.ms");
  const heartbeatInterval = given.number("heartbeat.interval.ms");
  const rebalanceTimeout = given.number("max.poll.interval.ms");
  const groupInstanceId = given.text("group.instance.id");
  return {
    group,
    reset: reset ?? (group === undefined ? "earliest" : "latest"),
    committed,
    maxBytes: given.number("fetch.max.bytes"),
    partitionMaxBytes: given.number("max.partition.fetch.bytes"),
    minBytes: given.number("fetch.min.bytes"),
    maxWaitMs: given.number("fetch.max.wait.ms"),
    member: {
      isolationLevel: committed ? 1 : 0,
      sessionTimeout: sessionTimeout ?? 45_000,
      heartbeatInterval: heartbeatInterval ?? 3_000,
      rebalanceTimeout: Math.max(rebalanceTimeout ?? 300_000, sessionTimeout ?? 45_000),
      ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
    },
  };
}

/** Throws `TaskFailure` for what can't be, before anything connects. */
function checkSubscription({ topic, topicPattern, groupType }: Subscription): void {
  if ((topic === undefined) === (topicPattern === undefined))
    throw new TaskFailure("Either `topic` or `topicPattern` says what to read. Give one of them.");
  if (groupType === "SHARE")
    throw new TaskFailure(
      "`groupType: SHARE` is not supported yet. Take CONSUMER, where a partition has one reader at a time.",
    );
}
