import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { bucket, fileInfo } from "../s3/object-properties.ts";
import { storeObject } from "../s3/store-object.ts";
import { connectionOf, connectionProperties } from "./connection.ts";

/** An object becomes a file. */
export const download = defineTask({
  type: "io.kestra.plugin.minio.Download",
  title: "Download an object from MinIO",
  description: "The content streams to the internal storage; none of it is kept in memory.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      bucket: bucket(),
      key: text().describe("Key of the object."),
      versionId: text().optional().describe("Version of the object. Default: the latest."),
    }),
  outputs: () => z.object(fileInfo()),
  examples: [
    {
      title: "Get an object",
      code: "id: get\ntype: io.kestra.plugin.minio.Download\nendpoint: http://minio:9000\nbucket: data\nkey: orders/latest.csv\n",
    },
  ],
  async run(context) {
    using access = await openS3(connectionOf(context.properties), context.signal);
    const { file } = await storeObject(context, access, context.properties);
    context.metric({ name: "file.size", type: "counter", value: file.contentLength ?? 0 });
    context.log.info(`Downloaded one object of ${file.contentLength ?? 0} bytes`);
    return { ...file };
  },
});
