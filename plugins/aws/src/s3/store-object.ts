import type { GetObjectCommandInput, GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { type ExecutionFiles, TaskFailure, type TaskLogger } from "@capstan/sdk";
import { addAbortSignal, type Readable } from "node:stream";
import { awsFailure } from "../aws-failure.ts";
import { nameOf, type S3Access, shownObject } from "./access.ts";

/** An object whose content is in the internal storage, as it is put out. */
export interface StoredObject {
  readonly uri: string;
  readonly contentLength: number | undefined;
  readonly contentType: string | undefined;
  readonly metadata: Record<string, string> | undefined;
  readonly versionId: string | undefined;
  readonly eTag: string | undefined;
  readonly checksumAlgorithm: string | undefined;
  readonly checksumValue: string | undefined;
}

export interface Wanted {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly requestPayer?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  readonly validateChecksum?: boolean;
}

type Context = { readonly files: ExecutionFiles; readonly log: TaskLogger };

/**
 * Streams an object to the internal storage, whatever its key is made of; answers with it when its content was written. Throws
 * `TaskFailure`, whose cause has the status of the answer.
 */
export async function storeObject(
  { files, log }: Context,
  access: S3Access,
  wanted: Wanted,
): Promise<{ readonly file: StoredObject; readonly lastModified: string | undefined }> {
  const { bucket: Bucket, key: Key, validateChecksum = false } = wanted;
  const { s3, signal } = access;
  const shown = shownObject(Bucket, Key);
  const input: GetObjectCommandInput = {
    Bucket,
    Key,
    VersionId: wanted.versionId,
    RequestPayer: wanted.requestPayer as GetObjectCommandInput["RequestPayer"],
    ExpectedBucketOwner: wanted.expectedBucketOwner,
    ...(validateChecksum && { ChecksumMode: "ENABLED" }),
  };
  try {
    const answer = await s3.getObject(input, { abortSignal: signal });
    const checksum = checksumOf(answer);
    if (validateChecksum && !isChecked(checksum))
      log.warn(`${shown} has no checksum of its whole content: it could not be validated.`);
    // Whoever stores it is told of errors too; without a listener, one before that would end the process.
    const body = addAbortSignal(signal, answer.Body as unknown as Readable).on("error", () => {});
    const uri = await files.put(nameOf(Key), body);
    const { ContentLength: contentLength, ContentType: contentType, Metadata: metadata } = answer;
    const names = { versionId: answer.VersionId, eTag: answer.ETag };
    return {
      file: { uri, contentLength, contentType, metadata, ...names, ...checksum },
      lastModified: answer.LastModified?.toISOString(),
    };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Checksum mismatch"))
      throw new TaskFailure(`${shown} did not arrive as it was stored: its checksum is another one.`, { cause: error });
    throw awsFailure(`Downloading ${shown}`, error);
  }
}

const ALGORITHMS = ["CRC64NVME", "CRC32C", "CRC32", "SHA256", "SHA1"] as const;

function checksumOf(answer: GetObjectCommandOutput): Pick<StoredObject, "checksumAlgorithm" | "checksumValue"> {
  for (const algorithm of ALGORITHMS) {
    const value = answer[`Checksum${algorithm}`];
    if (value !== undefined) return { checksumAlgorithm: algorithm, checksumValue: value };
  }
  return { checksumAlgorithm: undefined, checksumValue: undefined };
}

/** One of the parts' checksums ends with their number, and says nothing of the content as it is read. */
function isChecked({ checksumValue }: Pick<StoredObject, "checksumValue">): boolean {
  return checksumValue !== undefined && !/-\d+$/.test(checksumValue);
}
