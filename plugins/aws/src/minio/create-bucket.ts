import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { makeBucket } from "../s3/create-bucket.ts";
import { connectionOf, connectionProperties } from "./connection.ts";

/** Makes a bucket. */
export const createBucket = defineTask({
  type: "io.kestra.plugin.minio.CreateBucket",
  title: "Make a bucket of MinIO",
  properties: () =>
    z.object({
      ...connectionProperties(),
      bucket: text().describe("Name of the bucket."),
      objectLockEnabledForBucket: dynamic(z.boolean()).optional().describe("Whether objects can be locked."),
    }),
  outputs: () => z.object({ bucket: z.string().describe("Name of the bucket.") }),
  examples: [
    {
      title: "Make a bucket",
      code: "id: make\ntype: io.kestra.plugin.minio.CreateBucket\nendpoint: http://minio:9000\nbucket: backups\n",
    },
  ],
  async run({ properties, signal, log }) {
    const { bucket, objectLockEnabledForBucket: ObjectLockEnabledForBucket } = properties;
    using access = await openS3(connectionOf(properties), signal);
    await makeBucket(access, { Bucket: bucket, ObjectLockEnabledForBucket });
    log.info(`Made the bucket ${bucket}`);
    return { bucket };
  },
});
