import { dynamic, instant, listOrText, TaskFailure, text, textMap } from "@capstan/sdk";
import type { Admin } from "@platformatic/kafka";
import { z } from "zod";
import { clusterProperties } from "./client-properties.ts";
import { serde } from "./serde.ts";

/** Properties of what reads records. */
export const subscriptionProperties = () => ({
  ...clusterProperties(),
  topic: listOrText().optional().describe("Topics to read, one or a list. This or `topicPattern` is needed."),
  topicPattern: text()
    .optional()
    .describe(
      "A regular expression for the whole names of the topics to read. Those that are there at the start are read.",
    ),
  partitions: dynamic(z.array(dynamic(z.int().min(0))))
    .optional()
    .describe("Partitions to read, counted from 0. Default: all, or those that the group gives."),
  groupType: dynamic(z.enum(["CONSUMER", "SHARE"]))
    .default("CONSUMER")
    .describe("Kind of the group: CONSUMER. SHARE is not supported yet."),
  acknowledgeType: dynamic(z.enum(["ACCEPT", "RELEASE", "REJECT", "RENEW"]))
    .default("ACCEPT")
    .describe("How records of a share group are acknowledged. Taken, and without effect."),
  keyDeserializer: serde("keys"),
  valueDeserializer: serde("values"),
  onSerdeError: z
    .object({
      type: dynamic(z.enum(["SKIPPED", "DLQ", "STORE"]))
        .default("SKIPPED")
        .describe(
          "SKIPPED leaves the record out, DLQ sends it to another topic as it is, STORE keeps it in a file of its own. Default: SKIPPED.",
        ),
      topic: text().optional().describe("The other topic, for DLQ."),
    })
    .optional()
    .describe("What becomes of a record that can't be read. Default: reading fails, and nothing is committed."),
  since: instant()
    .optional()
    .describe("Read what came at this time or later, such as 2026-01-31T00:00:00Z. Without effect with a group."),
  headerFilters: textMap()
    .optional()
    .describe("Headers that a record must have, with these values; others are passed over."),
});

/** With a group, of which the tasks and triggers make different demands. */
export const groupId = () =>
  text().describe(
    "Name of the group, for which it is kept what was read. Where it has never been, `auto.offset.reset` says where to begin: latest, by default.",
  );

export type Subscription = z.output<z.ZodObject<ReturnType<typeof subscriptionProperties>>> & {
  readonly groupId?: string | undefined;
};

/** The topics to read. Throws `TaskFailure` when a pattern is none, or fits no topic. */
export async function topicsOf(admin: Admin, { topic, topicPattern }: Subscription): Promise<readonly string[]> {
  if (topicPattern === undefined) return [...new Set(topic)];
  const pattern = patternOf(topicPattern);
  const found = (await admin.listTopics()).filter((name) => pattern.test(name));
  if (found.length === 0) throw new TaskFailure(`No topic's name fits \`topicPattern\`, which is ${topicPattern}.`);
  return found.toSorted();
}

function patternOf(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, "u");
  } catch (error) {
    throw new TaskFailure(`\`topicPattern\` is no regular expression: ${(error as Error).message}`, { cause: error });
  }
}
