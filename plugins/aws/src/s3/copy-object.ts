import type {
  CompletedPart,
  CopyObjectCommandInput,
  CreateMultipartUploadCommandInput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { awsFailure } from "../aws-failure.ts";
import { type S3Access, shownObject } from "./access.ts";
import { eachAtOnce } from "@capstan/sdk/objects";

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** What it must still be. */
  readonly etag?: string | undefined;
}

export interface CopyTarget {
  readonly bucket: string;
  readonly key: string;
  readonly serverSideEncryption?: "NONE" | "AES256" | "AWS_KMS" | undefined;
  readonly kmsKeyId?: string | undefined;
}

export interface CopySizes {
  /** Bytes of the largest object that one request copies. */
  readonly wholeBytesMax: number;
  readonly partBytes: number;
}

/** What S3 copies in one request; and parts of which 10,000, the most there may be, make an object of 10 TiB. */
export const COPY_SIZES: CopySizes = { wholeBytesMax: 5_368_709_120, partBytes: 1_073_741_824 };
/** Parts of one object that are copied at the same time. */
const PARTS_AT_ONCE = 4;

export interface CopiedObject {
  readonly eTag: string | undefined;
  readonly versionId: string | undefined;
}

/**
 * Copies an object within the server; none of it comes here. One that is too large for one request is copied in parts, with its metadata
 * and without its tags. Throws `TaskFailure`, whose cause has status 412 when the source is not `etag` any more.
 */
export async function copyObject(
  access: S3Access,
  source: CopySource,
  target: CopyTarget,
  sizes: CopySizes = COPY_SIZES,
): Promise<CopiedObject> {
  const { s3, signal } = access;
  try {
    const { bucket: Bucket, key: Key, versionId: VersionId, etag: IfMatch } = source;
    const head: HeadObjectCommandInput = { Bucket, Key, VersionId, IfMatch };
    const original = await s3.headObject(head, { abortSignal: signal });
    const input = { ...copyInput(source, target), CopySourceIfMatch: original.ETag };
    if ((original.ContentLength ?? 0) > sizes.wholeBytesMax) return await copyParts(access, input, original, sizes);
    const { CopyObjectResult, VersionId: versionId } = await s3.copyObject(input, { abortSignal: signal });
    return { eTag: CopyObjectResult?.ETag, versionId };
  } catch (error) {
    const places = `${shownObject(source.bucket, source.key)} to ${shownObject(target.bucket, target.key)}`;
    throw awsFailure(`Copying ${places}`, error);
  }
}

type CopyInput = CopyObjectCommandInput & { readonly CopySource: string };

function copyInput({ bucket, key, versionId }: CopySource, target: CopyTarget): CopyInput {
  const { serverSideEncryption = "NONE", kmsKeyId } = target;
  const path = key.split("/").map(encodeURIComponent).join("/");
  const version = versionId === undefined ? "" : `?versionId=${encodeURIComponent(versionId)}`;
  return {
    Bucket: target.bucket,
    Key: target.key,
    CopySource: `${bucket}/${path}${version}`,
    ...(serverSideEncryption !== "NONE" && {
      ServerSideEncryption: serverSideEncryption === "AWS_KMS" ? "aws:kms" : serverSideEncryption,
    }),
    ...(kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
  };
}

async function copyParts(
  access: S3Access,
  { CopySource, CopySourceIfMatch, ...place }: CopyInput,
  original: HeadObjectCommandOutput,
  { partBytes }: CopySizes,
): Promise<CopiedObject> {
  const { s3, signal } = access;
  // Not ended by the signal: a request that is given up may have begun an upload whose id nobody knows.
  const { UploadId } = await s3.createMultipartUpload({ ...place, ...keptWith(original) });
  const { Bucket, Key } = place;
  const upload = { Bucket, Key, UploadId };
  try {
    const ranges = rangesOf(original.ContentLength ?? 0, partBytes);
    const Parts = await eachAtOnce(ranges, { atOnce: PARTS_AT_ONCE, signal }, async (range, abortSignal) => {
      const { number: PartNumber, CopySourceRange } = range;
      const input = { ...upload, CopySource, CopySourceIfMatch, PartNumber, CopySourceRange };
      const { CopyPartResult } = await s3.uploadPartCopy(input, { abortSignal });
      return { PartNumber, ETag: CopyPartResult?.ETag } satisfies CompletedPart;
    });
    const finish = { ...upload, MultipartUpload: { Parts } };
    const { ETag, VersionId } = await s3.completeMultipartUpload(finish, { abortSignal: signal });
    return { eTag: ETag, versionId: VersionId };
  } catch (error) {
    // The first failure is the one to tell, also where this one fails for the same reason.
    await s3.abortMultipartUpload(upload).catch(() => undefined);
    throw error;
  }
}

/** What a copy in one request keeps by itself. */
function keptWith(original: HeadObjectCommandOutput): Partial<CreateMultipartUploadCommandInput> {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Metadata } = original;
  const expires = Date.parse(original.ExpiresString ?? "");
  return {
    CacheControl,
    ContentDisposition,
    ContentEncoding,
    ContentLanguage,
    ContentType,
    Metadata,
    ...(!Number.isNaN(expires) && { Expires: new Date(expires) }),
  };
}

function rangesOf(bytes: number, partBytes: number) {
  return Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => {
    const start = index * partBytes;
    const end = Math.min(start + partBytes, bytes) - 1;
    return { number: index + 1, CopySourceRange: `bytes=${start}-${end}` };
  });
}
