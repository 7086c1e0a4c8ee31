import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { eachAtOnce, type UploadSource } from "@capstan/sdk/objects";
import { z } from "zod";
import { type S3Access, shownObject } from "./access.ts";
import { createByteBudget } from "./byte-budget.ts";
import { fileInfo } from "./object-properties.ts";
import { type ObjectInput, putStream, UPLOAD_BYTES_HELD_MAX, uploadObject } from "./upload-object.ts";

export interface Upload {
  readonly sources: readonly UploadSource[];
  /** How the objects are kept. */
  readonly object: Omit<ObjectInput, "Key">;
  /** Whether that holds a checksum of the one file. */
  readonly hasChecksum?: boolean;
  readonly atOnce: number;
  /** Bytes that each file must have. */
  readonly contentLength?: number | undefined;
  /** As it was written: what several objects have in common. */
  readonly key: string;
}

export const uploadOutputs = () =>
  z.object({
    bucket: z.string().describe("The bucket."),
    key: z.string().describe("Key of the object, or the folder of several."),
    eTag: z.string().optional().describe("Names the content of the one object, with quotes as the server gives it."),
    versionId: z.string().optional().describe("Version of the one object."),
    files: z
      .record(z.string(), z.object({ key: z.string(), ...fileInfo() }))
      .optional()
      .describe("Of several files, each by its name; `uri` is the file it was."),
  });

type Context = Pick<TaskContext<unknown>, "files" | "log" | "metric">;

/** Uploads files, and answers the outputs of such a task. When one fails, those that are uploaded stay. */
export async function uploadFiles(context: Context, access: S3Access, upload: Upload) {
  const { sources, object, hasChecksum = false, atOnce, key } = upload;
  const budget = createByteBudget(UPLOAD_BYTES_HELD_MAX);
  const uploaded = await eachAtOnce(sources, { atOnce, signal: access.signal }, async (source, signal) => {
    const sizeBytes = await checkedSize(context, source, upload.contentLength);
    const content = { stream: await context.files.read(source.uri), sizeBytes };
    const own = { ...access, signal };
    const whole = { ...object, Key: source.key };
    const written = await (hasChecksum ? putStream(own, whole, content) : uploadObject(own, whole, content, budget));
    context.metric({ name: "file.size", type: "counter", value: sizeBytes });
    return { ...source, ...written, sizeBytes };
  });
  const [first] = uploaded;
  const bytes = uploaded.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { Bucket } = object;
  if (uploaded.length === 1 && first !== undefined) {
    context.log.info(`Uploaded ${bytes} bytes to ${shownObject(Bucket, first.key)}`);
    return { bucket: Bucket, key: first.key, eTag: first.eTag, versionId: first.versionId };
  }
  context.log.info(`Uploaded ${uploaded.length} files of ${bytes} bytes to ${shownObject(Bucket, key)}`);
  const files = uploaded.map(({ name, key, uri, eTag, versionId, sizeBytes }) => {
    const { ContentType, Metadata } = object;
    return [
      name,
      { key, uri, contentLength: sizeBytes, contentType: ContentType, metadata: Metadata, eTag, versionId },
    ];
  });
  return { bucket: Bucket, key, files: Object.fromEntries(files) as Record<string, unknown> };
}

async function checkedSize({ files }: Context, { uri }: UploadSource, wanted: number | undefined): Promise<number> {
  const sizeBytes = await files.sizeBytes(uri);
  if (wanted !== undefined && wanted !== sizeBytes)
    throw new TaskFailure(`The file ${uri} has ${sizeBytes} bytes, and \`contentLength\` says ${wanted}.`);
  return sizeBytes;
}
