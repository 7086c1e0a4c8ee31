import { defineTask, dynamic, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, shownObject } from "./access.ts";
import { deleteObject } from "./delete-object.ts";
import { bucket, requestPayer } from "./object-properties.ts";

/** Deletes one object. */
export const deleteTask = defineTask({
  type: "io.kestra.plugin.aws.s3.Delete",
  title: "Delete an object of S3",
  description: "An object that is not there is no failure. In a bucket that keeps versions, the older ones stay.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pathStyleProperties(),
      requestPayer: requestPayer(),
      bucket: bucket(),
      key: text().describe("Key of the object."),
      bypassGovernanceRetention: dynamic(z.boolean())
        .optional()
        .describe("Whether an object that is locked in mode GOVERNANCE is deleted all the same."),
      mfa: secret()
        .optional()
        .describe("Serial number of a device and its code, as `SERIAL CODE`, where the bucket asks for it."),
    }),
  outputs: () =>
    z.object({
      versionId: z
        .string()
        .optional()
        .describe("Version of the marker that hides the object, in a bucket that keeps versions."),
      deleteMarker: z.boolean().optional().describe("Whether the object is hidden by a marker, and not gone."),
      requestCharged: z.string().optional().describe("`requester` where the one who asks pays."),
    }),
  examples: [
    {
      title: "Delete what was uploaded",
      code: 'id: tidy\ntype: io.kestra.plugin.aws.s3.Delete\nbucket: "{{ outputs.keep.bucket }}"\nkey: "{{ outputs.keep.key }}"\n',
    },
  ],
  async run({ properties, identity, signal, log }) {
    using access = await openS3(connectionOf(properties, identity), signal);
    const { VersionId, DeleteMarker, RequestCharged } = await deleteObject(access, properties);
    log.info(`Deleted ${shownObject(properties.bucket, properties.key)}`);
    return { versionId: VersionId, deleteMarker: DeleteMarker, requestCharged: RequestCharged };
  },
});
