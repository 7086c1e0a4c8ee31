import { defineTrigger } from "@capstan/sdk";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { action } from "../s3/object-properties.ts";
import { pollObjects } from "../s3/poll-objects.ts";
import { pollOutputs, pollProperties } from "../s3/trigger.ts";
import { connectionOf, connectionProperties, minioSelection } from "./connection.ts";

/** Starts executions for objects. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.minio.Trigger",
  title: "Start the flow when objects arrive in MinIO",
  description:
    "Objects are stored as files of the execution, the oldest first. With MOVE they are copied to `moveTo` before it starts; in the bucket they are deleted at the question after it, because nothing is lost then, whatever fails.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...minioSelection(),
      action: action().default("NONE"),
      ...pollProperties(),
    }),
  outputs: pollOutputs,
  examples: [
    {
      title: "Start for each batch of files that arrives, and move them away",
      code:
        "id: arrived\ntype: io.kestra.plugin.minio.Trigger\nendpoint: http://minio:9000\ninterval: PT1M\nbucket: data\nprefix: inbound/\nfilter: FILES\n" +
        "action: MOVE\nmoveTo:\n  key: archive/\n",
    },
  ],
  async poll(context) {
    using access = await openS3(connectionOf(context.properties), context.signal);
    return await pollObjects(context, access, context.properties);
  },
});
