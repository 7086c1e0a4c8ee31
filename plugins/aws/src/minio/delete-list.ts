import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { deleteListed, deleteListOutputs, deleteListProperties } from "../s3/delete-list.ts";
import { connectionOf, connectionProperties, minioSelection } from "./connection.ts";

/** Deletes the objects that a listing finds. */
export const deleteList = defineTask({
  type: "io.kestra.plugin.minio.DeleteList",
  title: "Delete many objects of MinIO",
  description: "A thousand keys go with one request. In a bucket that keeps versions, the older ones stay.",
  properties: () => z.object({ ...connectionProperties(), ...minioSelection(), ...deleteListProperties() }),
  outputs: deleteListOutputs,
  examples: [
    {
      title: "Delete what a day has left",
      code: "id: tidy\ntype: io.kestra.plugin.minio.DeleteList\nendpoint: http://minio:9000\nbucket: data\nprefix: tmp/\nmaxKeys: 100000\n",
    },
  ],
  async run(context) {
    using access = await openS3(connectionOf(context.properties), context.signal);
    return await deleteListed(context, access, context.properties);
  },
});
