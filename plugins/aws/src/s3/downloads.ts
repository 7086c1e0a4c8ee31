import { defineTask, dynamic, type TaskContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, type S3Access } from "./access.ts";
import { copyObject, type CopyTarget } from "./copy-object.ts";
import { deleteObject } from "./delete-object.ts";
import { eachAtOnce } from "@capstan/sdk/objects";
import { type ListedObject, listObjects } from "./listing.ts";
import { type ActionProperties, moveTarget } from "./move.ts";
import { action, listedObject, maxFiles, maxKeys, moveTo, selectionProperties } from "./object-properties.ts";
import { storeObject } from "./store-object.ts";

/** Objects of a task that are on their way at the same time. */
export const DOWNLOADS_AT_ONCE = 4;

const properties = () =>
  z.object({
    ...connectionProperties(),
    ...pathStyleProperties(),
    ...selectionProperties(),
    maxKeys: maxKeys(),
    maxFiles: maxFiles(),
    action: action(),
    moveTo: moveTo(),
    validateChecksum: dynamic(z.boolean())
      .default(false)
      .describe("Whether what arrives must have the checksum that the server keeps. Default: false."),
  });

export const downloadsOutputs = () =>
  z.object({
    objects: z.array(listedObject()).describe("The objects, in the order of their keys."),
    outputFiles: z.record(z.string(), z.string()).describe("The file of each object, by its key."),
  });

/** Objects become files, and are moved or deleted then. */
export const downloads = defineTask({
  type: "io.kestra.plugin.aws.s3.Downloads",
  title: "Download many objects from S3, and move or delete them",
  description: "Objects are moved or deleted when all of them are stored.",
  properties,
  outputs: downloadsOutputs,
  examples: [
    {
      title: "Take what has arrived",
      code:
        "id: take\ntype: io.kestra.plugin.aws.s3.Downloads\nbucket: company-data\nprefix: inbound/\nfilter: FILES\naction: MOVE\n" +
        "moveTo:\n  key: archive/\n",
    },
  ],
  async run(context) {
    using access = await openS3(connectionOf(context.properties, context.identity), context.signal);
    const objects = await listObjects(context, access, context.properties, context.properties);
    return await downloadAll(context, access, context.properties, objects);
  },
});

interface DownloadProperties extends ActionProperties {
  readonly requestPayer?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  readonly validateChecksum?: boolean;
}

/** Stores objects, does with them what is to be done, and answers the outputs of such a task. */
export async function downloadAll(
  context: Pick<TaskContext<unknown>, "files" | "log" | "metric">,
  access: S3Access,
  properties: DownloadProperties,
  objects: readonly ListedObject[],
) {
  const targetOf = moveTarget(properties);
  if (targetOf !== undefined) checkTargets(objects, targetOf);
  const options = { atOnce: DOWNLOADS_AT_ONCE, signal: access.signal };
  const { bucket, action, requestPayer, expectedBucketOwner, validateChecksum = false } = properties;
  const how = { bucket, requestPayer, expectedBucketOwner, validateChecksum };
  const stored = await eachAtOnce(objects, options, async (object, signal) => {
    const { file } = await storeObject(context, { ...access, signal }, { ...how, key: object.key });
    const { uri, checksumAlgorithm = object.checksumAlgorithm, checksumValue, eTag: etag } = file;
    return { ...object, uri, etag, size: file.contentLength ?? object.size, checksumAlgorithm, checksumValue };
  });
  if (action !== "NONE")
    await eachAtOnce(stored, options, async ({ key, etag }, signal) => {
      const own = { ...access, signal };
      const target = targetOf?.(key);
      if (target !== undefined && target.bucket === bucket && target.key === key) return;
      if (target !== undefined) await copyObject(own, { bucket, key, etag }, target);
      await deleteObject(own, { bucket, key, requestPayer, expectedBucketOwner });
    });
  const bytes = stored.reduce((sum, { size }) => sum + size, 0);
  context.metric({ name: "file.size", type: "counter", value: bytes });
  context.log.info(`Downloaded ${stored.length} objects of ${bytes} bytes${DONE[action]}`);
  return { objects: stored, outputFiles: Object.fromEntries(stored.map(({ key, uri }) => [key, uri])) };
}

const DONE = { MOVE: " and moved them", DELETE: " and deleted them", NONE: "" } as const;

/** Of two objects that go to the same place, one would be lost. */
function checkTargets(objects: readonly ListedObject[], targetOf: (key: string) => CopyTarget): void {
  const known = new Map<string, string>();
  for (const { key } of objects) {
    const target = targetOf(key).key;
    const other = known.get(target);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${key} would both be moved to ${target}, and one of them be lost. Nothing was moved; choose a \`prefix\` for one folder.`,
      );
    known.set(target, key);
  }
}
