import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { openS3, shownObject } from "../s3/access.ts";
import { listObjects } from "../s3/listing.ts";
import { listedObject, maxKeys } from "../s3/object-properties.ts";
import { connectionOf, connectionProperties, minioSelection } from "./connection.ts";

/** Lists objects. */
export const list = defineTask({
  type: "io.kestra.plugin.minio.List",
  title: "List objects of MinIO",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...minioSelection(),
      maxKeys: maxKeys(),
      startAfter: text().optional().describe("The same as `marker`, and before it."),
      recursive: dynamic(z.boolean())
        .default(true)
        .describe("Whether keys of deeper folders are listed as well. Default: true."),
      includeVersions: dynamic(z.boolean())
        .optional()
        .meta({ deprecated: true, description: "Says nothing: of each object, the latest version is listed." }),
    }),
  outputs: () => z.object({ objects: z.array(listedObject()).describe("The objects, in the order of their keys.") }),
  examples: [
    {
      title: "List the files of a folder",
      code: "id: list\ntype: io.kestra.plugin.minio.List\nendpoint: http://minio:9000\nbucket: data\nprefix: orders/\nrecursive: false\n",
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const { recursive, delimiter = recursive ? undefined : "/", startAfter = properties.marker } = properties;
    using access = await openS3(connectionOf(properties), context.signal);
    const selection = { ...properties, delimiter, marker: startAfter };
    const objects = await listObjects(context, access, selection, properties);
    metric({ name: "size", type: "counter", value: objects.length });
    log.info(`Found ${objects.length} objects at ${shownObject(properties.bucket, properties.prefix ?? "")}`);
    return { objects };
  },
});
