import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, shownObject } from "./access.ts";
import { listObjects } from "./listing.ts";
import { listedObject, maxFiles, maxKeys, selectionProperties } from "./object-properties.ts";

/** Lists objects. */
export const list = defineTask({
  type: "io.kestra.plugin.aws.s3.List",
  title: "List objects of S3",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pathStyleProperties(),
      ...selectionProperties(),
      maxKeys: maxKeys(),
      maxFiles: maxFiles(),
    }),
  outputs: () => z.object({ objects: z.array(listedObject()).describe("The objects, in the order of their keys.") }),
  examples: [
    {
      title: "List the files of a folder",
      code: "id: list\ntype: io.kestra.plugin.aws.s3.List\nbucket: company-data\nprefix: orders/\nfilter: FILES\nmaxFiles: 500\n",
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    using access = await openS3(connectionOf(properties, context.identity), context.signal);
    const objects = await listObjects(context, access, properties, properties);
    metric({ name: "size", type: "counter", value: objects.length });
    log.info(`Found ${objects.length} objects at ${shownObject(properties.bucket, properties.prefix ?? "")}`);
    return { objects };
  },
});
