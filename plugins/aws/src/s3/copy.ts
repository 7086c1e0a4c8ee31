import { defineTask, dynamic, TaskFailure, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, type S3Access, shownObject } from "./access.ts";
import { copyObject, type CopySource, type CopyTarget } from "./copy-object.ts";
import { deleteObject } from "./delete-object.ts";
import { copySource, copyTarget } from "./object-properties.ts";

export const copyOutputs = () =>
  z.object({
    bucket: z.string().describe("Bucket of the copy."),
    key: z.string().describe("Key of the copy."),
    eTag: z.string().optional().describe("Names the content of the copy, with quotes as the server gives it."),
    versionId: z.string().optional().describe("Version of the copy."),
  });

/** Copies or moves one object. */
export const copy = defineTask({
  type: "io.kestra.plugin.aws.s3.Copy",
  title: "Copy an object of S3",
  description:
    "The server copies by itself. An object above 5 GiB is copied in parts, with its metadata and without its tags.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pathStyleProperties(),
      from: copySource(),
      to: copyTarget(),
      delete: dynamic(z.boolean()).default(false).describe("Whether the original is deleted then. Default: false."),
    }),
  outputs: copyOutputs,
  examples: [
    {
      title: "Move an object to another bucket",
      code:
        "id: move\ntype: io.kestra.plugin.aws.s3.Copy\nfrom:\n  bucket: company-inbound\n  key: orders.csv\n" +
        "to:\n  bucket: company-archive\n  key: 2026/orders.csv\ndelete: true\n",
    },
  ],
  async run({ properties, identity, signal, log }) {
    using access = await openS3(connectionOf(properties, identity), signal);
    return await copyOrMove(log, access, properties);
  },
});

interface CopyProperties {
  readonly from: CopySource;
  readonly to?: { readonly [Name in keyof CopyTarget]?: CopyTarget[Name] | undefined } | undefined;
  readonly delete: boolean;
}

/** Copies an object, deletes the original where that is asked for, and answers the outputs of such a task. */
export async function copyOrMove(log: TaskLogger, access: S3Access, properties: CopyProperties) {
  const { from, to } = properties;
  const target = { ...to, bucket: to?.bucket ?? from.bucket, key: to?.key ?? from.key };
  if (properties.delete && target.bucket === from.bucket && target.key === from.key)
    throw new TaskFailure(
      "The copy would be the original itself, and `delete` would delete it. Give `to.bucket` or `to.key`.",
    );
  const copied = await copyObject(access, from, target);
  if (properties.delete) await deleteObject(access, { bucket: from.bucket, key: from.key });
  const [original, shown] = [from, target].map(({ bucket, key }) => shownObject(bucket, key));
  log.info(`${properties.delete ? "Moved" : "Copied"} ${original} to ${shown}`);
  return { bucket: target.bucket, key: target.key, ...copied };
}
