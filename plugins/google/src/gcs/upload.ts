import { defineTask, dynamic, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import type { GoogleApi } from "../google-api.ts";
import { uploadResumable } from "../resumable-upload.ts";
import { blobFrom } from "./blob.ts";
import { type Checksums, summed } from "./checksums.ts";
import { objectOf, shownPlace } from "./object-address.ts";
import { deleteObject, openStorage } from "./storage-api.ts";
import { checkContent } from "./store-blob.ts";

const properties = () =>
  z.object({
    ...accountProperties(),
    from: text().describe("The file, as a kestra:///… address such as `{{ outputs.dump.uri }}`."),
    to: text().describe("The object that it becomes, as `gs://bucket/name`. One that is there is replaced."),
    contentType: text().optional().describe("Media type of the content, such as `text/csv`."),
    contentEncoding: text().optional().describe("How the content is encoded, such as `gzip`."),
    contentDisposition: text().optional().describe("`Content-Disposition` of answers that hold the object."),
    cacheControl: text().optional().describe("`Cache-Control` of answers that hold the object."),
    validateChecksum: dynamic(z.boolean())
      .default(true)
      .describe(
        "Whether the object must have the checksums of what was sent; one that has not is deleted. Default: true.",
      ),
    expectedMd5: text().optional().describe("MD5 of the content in base64. Cloud Storage refuses another content."),
    expectedCrc32c: text()
      .optional()
      .describe("CRC32C of the content in base64. Cloud Storage refuses another content."),
  });
type Properties = z.output<ReturnType<typeof properties>>;

/** A file becomes an object. */
export const upload = defineTask({
  type: "io.kestra.plugin.gcp.gcs.Upload",
  title: "Upload a file to Cloud Storage",
  description:
    "The content streams from the internal storage, of any size. An upload that breaks off leaves the bucket as it was.",
  properties,
  outputs: () =>
    z.object({
      uri: z.string().describe("The object, as `gs://bucket/name`."),
      md5: z.string().optional().describe("MD5 of its content in base64."),
      crc32c: z.string().optional().describe("CRC32C of its content in base64."),
    }),
  examples: [
    {
      title: "Keep a dump",
      code: "id: keep\ntype: io.kestra.plugin.gcp.gcs.Upload\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom: \"{{ outputs.dump.outputFiles['backup.sql.gz'] }}\"\nto: \"gs://company-backups/db/{{ now() | date('yyyy-MM-dd') }}.sql.gz\"\n",
    },
  ],
  async run(context) {
    const { log, metric } = context;
    const place = objectOf("to", context.properties.to);
    const blob = await uploadObject(context, openStorage(context, context.properties));
    metric({ name: "file.size", type: "counter", value: blob.size });
    log.info(`Uploaded ${blob.size} bytes to ${shownPlace(place)}`);
    return { uri: shownPlace(place), md5: blob.md5, crc32c: blob.crc32c };
  },
});

async function uploadObject({ properties, files }: TaskContext<Properties>, api: GoogleApi) {
  const { from, to, contentType = "application/octet-stream", validateChecksum } = properties;
  const { bucket, name } = objectOf("to", to);
  const what = `Uploading ${shownPlace({ bucket, name })}`;
  const {
    contentEncoding,
    contentDisposition,
    cacheControl,
    expectedMd5: md5Hash,
    expectedCrc32c: crc32c,
  } = properties;
  const sizeBytes = await files.sizeBytes(from);
  let sent: Checksums | undefined;
  const answer = await uploadResumable(api, {
    what,
    path: `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`,
    params: { name },
    about: { name, contentType, contentEncoding, contentDisposition, cacheControl, md5Hash, crc32c },
    contentType,
    sizeBytes,
    open: () => files.read(from),
    through: (content) =>
      summed(content, (checksums) => {
        sent = checksums;
      }),
    adviceFor: (status) => (status === 404 ? "Check the bucket in `to`." : undefined),
  });
  const blob = blobFrom(answer);
  if (validateChecksum && sent !== undefined)
    try {
      checkContent(what, blob, sent);
    } catch (error) {
      await deleteObject(api, blob, blob.generation === undefined ? {} : { ifGenerationMatch: blob.generation });
      throw error;
    }
  return blob;
}
