import { anyValue, defineTask, text, textMap } from "@capstan/sdk";
import { uploadSources } from "@capstan/sdk/objects";
import { z } from "zod";
import { openS3 } from "../s3/access.ts";
import { bucket } from "../s3/object-properties.ts";
import { uploadFiles, uploadOutputs } from "../s3/upload-files.ts";
import { connectionOf, connectionProperties } from "./connection.ts";

/** Files that one task uploads at the same time. */
const UPLOADS_AT_ONCE = 50;

/** Files become objects. */
export const upload = defineTask({
  type: "io.kestra.plugin.minio.Upload",
  title: "Upload files to MinIO",
  description:
    "A file above 8 MiB goes in parts, of which the task holds 24 MiB at a time; each is tried again by itself. When the task fails or is killed, no part stays.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      bucket: bucket(),
      from: anyValue().describe(
        "The files: one address, a list of them, a map of names and addresses, or JSON text of these.",
      ),
      key: text().describe(
        "Key of the object. Of several files, or where it ends with a slash, the folder: each becomes `<key>/<name>`.",
      ),
      contentType: text().optional().describe("Media type of the content, such as `application/gzip`."),
      metadata: textMap().optional().describe("Metadata to keep with the objects."),
    }),
  outputs: uploadOutputs,
  examples: [
    {
      title: "Keep a backup on a server of your own",
      code:
        "id: keep\ntype: io.kestra.plugin.minio.Upload\nendpoint: http://minio:9000\naccessKeyId: \"{{ secret('MINIO_USER') }}\"\n" +
        "secretKeyId: \"{{ secret('MINIO_PASSWORD') }}\"\nfrom: \"{{ outputs.dump.outputFiles['backup.sql.gz'] }}\"\nbucket: backups\nkey: db/backup.sql.gz\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    const { key, bucket: Bucket, contentType: ContentType, metadata: Metadata } = properties;
    const sources = uploadSources(properties.from, key);
    const object = { Bucket, ContentType, ...(Metadata !== undefined && { Metadata }) };
    using access = await openS3(connectionOf(properties), context.signal);
    return await uploadFiles(context, access, { sources, object, atOnce: UPLOADS_AT_ONCE, key });
  },
});
