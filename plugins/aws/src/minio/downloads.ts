import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { downloadAll, downloadsOutputs } from "../s3/downloads.ts";
import { listObjects } from "../s3/listing.ts";
import { action, maxKeys, moveTo } from "../s3/object-properties.ts";
import { connectionOf, connectionProperties, minioSelection } from "./connection.ts";

/** Objects become files, and are moved or deleted then. */
export const downloads = defineTask({
  type: "io.kestra.plugin.minio.Downloads",
  title: "Download many objects from MinIO, and move or delete them",
  description: "Objects are moved or deleted when all of them are stored.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...minioSelection(),
      maxKeys: maxKeys(),
      action: action(),
      moveTo: moveTo(),
    }),
  outputs: downloadsOutputs,
  examples: [
    {
      title: "Take what has arrived",
      code:
        "id: take\ntype: io.kestra.plugin.minio.Downloads\nendpoint: http://minio:9000\nbucket: data\nprefix: inbound/\nfilter: FILES\naction: MOVE\n" +
        "moveTo:\n  key: archive/\n",
    },
  ],
  async run(context) {
    using access = await openS3(connectionOf(context.properties), context.signal);
    const objects = await listObjects(context, access, context.properties, context.properties);
    return await downloadAll(context, access, context.properties, objects);
  },
});
