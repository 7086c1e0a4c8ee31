import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { openS3, shownObject } from "../s3/access.ts";
import { deleteObject } from "../s3/delete-object.ts";
import { bucket } from "../s3/object-properties.ts";
import { connectionOf, connectionProperties } from "./connection.ts";

/** Deletes one object. */
export const deleteTask = defineTask({
  type: "io.kestra.plugin.minio.Delete",
  title: "Delete an object of MinIO",
  description: "An object that is not there is no failure. In a bucket that keeps versions, the older ones stay.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      bucket: bucket(),
      key: text().describe("Key of the object."),
      bypassGovernanceRetention: dynamic(z.boolean())
        .optional()
        .describe("Whether an object that is locked in mode GOVERNANCE is deleted all the same."),
    }),
  outputs: () =>
    z.object({
      bucket: z.string().describe("The bucket."),
      key: z.string().describe("Key of the object."),
    }),
  examples: [
    {
      title: "Delete what was uploaded",
      code: 'id: tidy\ntype: io.kestra.plugin.minio.Delete\nendpoint: http://minio:9000\nbucket: backups\nkey: "{{ outputs.keep.key }}"\n',
    },
  ],
  async run({ properties, signal, log }) {
    const { bucket, key } = properties;
    using access = await openS3(connectionOf(properties), signal);
    await deleteObject(access, properties);
    log.info(`Deleted ${shownObject(bucket, key)}`);
    return { bucket, key };
  },
});
