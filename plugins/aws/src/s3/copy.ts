import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, shownObject } from "./access.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObject } from "./delete-object.ts";
import { copySource, copyTarget } from "./object-properties.ts";

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
  outputs: () =>
    z.object({
      bucket: z.string().describe("Bucket of the copy."),
      key: z.string().describe("Key of the copy."),
      eTag: z.string().optional().describe("Names the content of the copy, with quotes as the server gives it."),
      versionId: z.string().optional().describe("Version of the copy."),
    }),
  examples: [
    {
      title: "Move an object to another bucket",
      code:
        "id: move\ntype: io.kestra.plugin.aws.s3.Copy\nfrom:\n  bucket: company-inbound\n  key: orders.csv\n" +
        "to:\n  bucket: company-archive\n  key: 2026/orders.csv\ndelete: true\n",
    },
  ],
  async run({ properties, identity, signal, log }) {
    const { from, to } = properties;
    const target = { ...to, bucket: to?.bucket ?? from.bucket, key: to?.key ?? from.key };
    if (properties.delete && target.bucket === from.bucket && target.key === from.key)
      throw new TaskFailure(
        "The copy would be the original itself, and `delete` would delete it. Give `to.bucket` or `to.key`.",
      );
    using access = await openS3(connectionOf(properties, identity), signal);
    const copied = await copyObject(access, from, target);
    if (properties.delete) await deleteObject(access, from);
    const [original, shown] = [from, target].map(({ bucket, key }) => shownObject(bucket, key));
    log.info(`${properties.delete ? "Moved" : "Copied"} ${original} to ${shown}`);
    return { bucket: target.bucket, key: target.key, ...copied };
  },
});
