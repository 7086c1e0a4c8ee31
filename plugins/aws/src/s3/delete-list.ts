import { defineTask, dynamic, type TaskContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, type S3Access, shownObject } from "./access.ts";
import { deleteObjects } from "./delete-objects.ts";
import { listObjects, type Selection } from "./listing.ts";
import { maxKeys, selectionProperties } from "./object-properties.ts";

/** What a task that deletes has beside a connection and a selection. */
export const deleteListProperties = () => ({
  maxKeys: maxKeys(),
  concurrent: dynamic(z.int().min(1))
    .default(1)
    .describe("Requests that are on their way at the same time. Default: 1."),
  errorOnEmpty: dynamic(z.boolean())
    .default(false)
    .describe("Whether it is a failure that there is nothing to delete. Default: false."),
});

export const deleteListOutputs = () =>
  z.object({
    count: z.int().describe("Objects that are deleted."),
    size: z.int().describe("Their bytes."),
  });

/** Deletes the objects that a listing finds. */
export const deleteList = defineTask({
  type: "io.kestra.plugin.aws.s3.DeleteList",
  title: "Delete many objects of S3",
  description: "A thousand keys go with one request. In a bucket that keeps versions, the older ones stay.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pathStyleProperties(),
      ...selectionProperties(),
      ...deleteListProperties(),
    }),
  outputs: deleteListOutputs,
  examples: [
    {
      title: "Delete what a day has left",
      code: "id: tidy\ntype: io.kestra.plugin.aws.s3.DeleteList\nbucket: company-data\nprefix: tmp/{{ trigger.date | date('yyyy-MM-dd') }}/\nmaxKeys: 100000\n",
    },
  ],
  async run(context) {
    using access = await openS3(connectionOf(context.properties, context.identity), context.signal);
    return await deleteListed(context, access, context.properties);
  },
});

type DeleteListProperties = Selection & z.output<z.ZodObject<ReturnType<typeof deleteListProperties>>>;

/** Deletes what a listing finds, and answers the outputs of such a task. */
export async function deleteListed(
  context: Pick<TaskContext<unknown>, "evaluate" | "log" | "metric">,
  access: S3Access,
  properties: DeleteListProperties,
) {
  const { bucket, prefix = "", concurrent: atOnce, errorOnEmpty } = properties;
  const objects = await listObjects(context, access, properties, properties);
  const shown = shownObject(bucket, prefix);
  if (objects.length === 0 && errorOnEmpty)
    throw new TaskFailure(
      `There is nothing to delete at ${shown}. Leave \`errorOnEmpty\` out where that is no failure.`,
    );
  const keys = objects.map(({ key }) => key);
  await deleteObjects(access, { ...properties, keys, atOnce });
  const size = objects.reduce((sum, object) => sum + object.size, 0);
  context.metric({ name: "count", type: "counter", value: keys.length });
  context.metric({ name: "size", type: "counter", value: size });
  context.log.info(`Deleted ${keys.length} objects of ${size} bytes at ${shown}`);
  return { count: keys.length, size };
}
