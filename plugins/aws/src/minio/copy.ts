import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { copyOrMove, copyOutputs } from "../s3/copy.ts";
import { bucket } from "../s3/object-properties.ts";
import { connectionOf, connectionProperties } from "./connection.ts";

/** Copies or moves one object. */
export const copy = defineTask({
  type: "io.kestra.plugin.minio.Copy",
  title: "Copy an object of MinIO",
  description:
    "The server copies by itself. An object above 5 GiB is copied in parts, with its metadata and without its tags.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      bucket: bucket()
        .optional()
        .meta({ deprecated: true, description: "Says nothing: `from` and `to` name buckets." }),
      from: z
        .object({
          bucket: bucket(),
          key: text().describe("Key of the object."),
          versionId: text().optional().describe("Version to copy. Default: the latest."),
        })
        .describe("The object to copy."),
      to: z
        .object({
          bucket: text().optional().describe("Its bucket. Default: that of the original."),
          key: text().optional().describe("Its key. Default: that of the original."),
        })
        .optional()
        .describe("Where the copy goes."),
      delete: dynamic(z.boolean()).default(false).describe("Whether the original is deleted then. Default: false."),
    }),
  outputs: copyOutputs,
  examples: [
    {
      title: "Move an object to another bucket",
      code:
        "id: move\ntype: io.kestra.plugin.minio.Copy\nendpoint: http://minio:9000\nfrom:\n  bucket: inbound\n  key: orders.csv\n" +
        "to:\n  bucket: archive\n  key: 2026/orders.csv\ndelete: true\n",
    },
  ],
  async run({ properties, signal, log }) {
    using access = await openS3(connectionOf(properties), signal);
    return await copyOrMove(log, access, properties);
  },
});
