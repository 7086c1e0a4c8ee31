import { defineTrigger, duration, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3 } from "./access.ts";
import { action, listedObject, maxFiles, moveTo, selectionProperties } from "./object-properties.ts";
import { pollObjects } from "./poll-objects.ts";

/** What every trigger for objects has beside a connection and a selection. */
export const pollProperties = () => ({
  interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
  on: dynamic(z.enum(["CREATE", "UPDATE", "CREATE_OR_UPDATE"]))
    .default("CREATE_OR_UPDATE")
    .describe("Whether the flow starts for new objects, for ones whose content has changed, or for both."),
  moveTo: moveTo(),
  maxKeys: dynamic(z.int().min(1))
    .default(1_000)
    .describe("How many objects one execution is started for, at most. Every key is looked at. Default: 1000."),
  stateKey: text()
    .optional()
    .describe("Name of what the trigger knows of objects: with another one, it knows none. Default: its flow and id."),
  stateTtl: duration()
    .optional()
    .describe(
      "How long an object that is gone is still known, so that it is not new when it comes back. Default: not at all.",
    ),
});

export const pollOutputs = () =>
  z.object({
    objects: z
      .array(listedObject().extend({ changeType: z.enum(["CREATE", "UPDATE"]).describe("What happened to it.") }))
      .describe("The objects, the oldest first."),
  });

/** Starts executions for objects. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.aws.s3.Trigger",
  title: "Start the flow when objects arrive in S3",
  description:
    "Objects are stored as files of the execution, the oldest first. With MOVE they are copied to `moveTo` before it starts; in the bucket they are deleted at the question after it, because nothing is lost then, whatever fails.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pathStyleProperties(),
      ...selectionProperties(),
      action: action(),
      ...pollProperties(),
      maxFiles: maxFiles(),
    }),
  outputs: pollOutputs,
  examples: [
    {
      title: "Start for each batch of files that arrives, and move them away",
      code:
        "id: arrived\ntype: io.kestra.plugin.aws.s3.Trigger\ninterval: PT1M\nbucket: company-data\nprefix: inbound/\nfilter: FILES\naction: MOVE\n" +
        "moveTo:\n  key: archive/\n",
    },
    {
      title: "Start for each object that is new or has changed, one at a time",
      code: "id: changed\ntype: io.kestra.plugin.aws.s3.Trigger\nbucket: company-data\nprefix: orders/\naction: NONE\nmaxKeys: 1\n",
    },
  ],
  async poll(context) {
    using access = await openS3(connectionOf(context.properties, context), context.signal);
    return await pollObjects(context, access, context.properties);
  },
});
