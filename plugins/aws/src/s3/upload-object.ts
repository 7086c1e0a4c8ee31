import { TaskFailure } from "@capstan/sdk";
import type { CompletedPart, PutObjectCommandInput, UploadPartCommandInput } from "@aws-sdk/client-s3";
import { addAbortSignal, type Readable } from "node:stream";
import { awsFailure } from "../aws-failure.ts";
import { type S3Access, shownObject } from "./access.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { createPartReader, type HeldPart, type PartReader } from "./part-reader.ts";

const MEBIBYTE = 1_048_576;
/** Bytes of a part, and so of the largest file that goes in one request. */
export const PART_BYTES = 8 * MEBIBYTE;
/** Most parts that S3 makes an object of. Larger files have larger parts. */
export const PARTS_MAX = 10_000;
/** Bytes that all uploads of a task hold in memory at the same time, or one part where that is larger. */
export const UPLOAD_BYTES_HELD_MAX = 3 * PART_BYTES;
/** Bytes of the largest object that S3 takes in one request, which is the only way to send it with a checksum known beforehand. */
export const PUT_BYTES_MAX = 5_368_709_120;

export interface Content {
  readonly stream: Readable;
  /** What the file is said to have. A stream that gives more, or less, is uploaded as it comes. */
  readonly sizeBytes: number;
}

/** Where an object goes and how it is kept: what a request for a single one takes. */
export type ObjectInput = Omit<PutObjectCommandInput, "Body" | "Bucket" | "Key"> & {
  readonly Bucket: string;
  readonly Key: string;
};

export interface UploadedObject {
  readonly eTag: string | undefined;
  readonly versionId: string | undefined;
}

export interface PartSizes {
  readonly partBytes: number;
  readonly partsMax: number;
}

/** How a file of that size is divided. */
export function partSizes(sizeBytes: number): PartSizes {
  const least = Math.ceil(sizeBytes / PARTS_MAX / MEBIBYTE) * MEBIBYTE;
  return { partBytes: Math.max(PART_BYTES, least), partsMax: PARTS_MAX };
}

/**
 * Writes an object whole: readers see the one before, or the new one. What fits into one part takes one request; more is sent in
 * parts as it comes. When anything fails, or `access.signal` aborts, no part stays.
 */
export async function uploadObject(
  access: S3Access,
  object: ObjectInput,
  { stream, sizeBytes }: Content,
  budget: ByteBudget,
  sizes: PartSizes = partSizes(sizeBytes),
): Promise<UploadedObject> {
  const source = createPartReader(watched(stream, access.signal), { sizeBytes, partBytes: sizes.partBytes, budget });
  try {
    return await ((await source.isWhole())
      ? putWhole(access, object, source)
      : putParts(access, object, source, sizes));
  } catch (error) {
    throw failureOf(object, error);
  } finally {
    await source.close();
  }
}

/** Sends a file of known checksum in one request, which the server refuses when the content has another one. */
export async function putStream(access: S3Access, object: ObjectInput, content: Content): Promise<UploadedObject> {
  const { stream, sizeBytes } = content;
  const stop = new AbortController();
  // The library would wait for the rest of a stream that has failed.
  stream.once("error", () => stop.abort());
  try {
    if (sizeBytes > PUT_BYTES_MAX) throw tooLargeForChecksum(object, sizeBytes);
    const abortSignal = AbortSignal.any([access.signal, stop.signal]);
    const input = { ...object, Body: watched(stream, access.signal), ContentLength: sizeBytes };
    const { ETag, VersionId } = await access.s3.putObject(input, { abortSignal });
    return { eTag: ETag, versionId: VersionId };
  } catch (error) {
    throw failureOf(object, stream.errored ?? error);
  } finally {
    stream.destroy();
  }
}

/** Ends with the signal. Whoever reads is told of errors too; without a listener, one between two reads would end the process. */
function watched(stream: Readable, signal: AbortSignal): Readable {
  return addAbortSignal(signal, stream).on("error", () => {});
}

function failureOf({ Bucket, Key }: ObjectInput, error: unknown): Error {
  return awsFailure(`Uploading ${shownObject(Bucket, Key)}`, error);
}

async function putWhole({ s3, signal }: S3Access, object: ObjectInput, source: PartReader): Promise<UploadedObject> {
  const part = await source.next();
  try {
    const { ETag, VersionId } = await s3.putObject({ ...object, Body: part.bytes }, { abortSignal: signal });
    return { eTag: ETag, versionId: VersionId };
  } finally {
    part.release();
  }
}

async function putParts(
  access: S3Access,
  object: ObjectInput,
  source: PartReader,
  sizes: PartSizes,
): Promise<UploadedObject> {
  const { s3, signal } = access;
  const { Bucket, Key, RequestPayer, ExpectedBucketOwner, ChecksumAlgorithm } = object;
  // Not ended by the signal: a request that is given up may have begun an upload whose id nobody knows.
  const { UploadId } = await s3.createMultipartUpload(object);
  const place = { Bucket, Key, UploadId, RequestPayer, ExpectedBucketOwner };
  try {
    const Parts = await sendParts(access, { ...place, ChecksumAlgorithm }, source, sizes);
    const finish = { ...place, MultipartUpload: { Parts } };
    const { ETag, VersionId } = await s3.completeMultipartUpload(finish, { abortSignal: signal });
    return { eTag: ETag, versionId: VersionId };
  } catch (error) {
    // The first failure is the one to tell, also where this one fails for the same reason.
    await s3.abortMultipartUpload(place).catch(() => undefined);
    throw error;
  }
}

type PartInput = Omit<UploadPartCommandInput, "Body" | "PartNumber">;

async function sendParts(
  { s3, signal: outer }: S3Access,
  input: PartInput,
  source: PartReader,
  sizes: PartSizes,
): Promise<CompletedPart[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const sending: Promise<CompletedPart>[] = [];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  try {
    for (;;) {
      signal.throwIfAborted();
      const part = await Promise.race([source.next(), failed.promise]);
      if (part.bytes.length === 0) break;
      if (sending.length === sizes.partsMax) throw tooManyParts(sizes);
      const sent = sendPart(s3, { ...input, PartNumber: sending.length + 1 }, part, signal);
      sent.catch(failed.reject);
      sending.push(sent);
    }
    return await Promise.all(sending);
  } finally {
    stop.abort();
    // A part that arrives after the end of its upload would be kept, and paid for.
    await Promise.allSettled(sending);
  }
}

async function sendPart(
  s3: S3Access["s3"],
  input: PartInput & { readonly PartNumber: number },
  part: HeldPart,
  abortSignal: AbortSignal,
): Promise<CompletedPart> {
  try {
    const { ETag, ...answer } = await s3.uploadPart({ ...input, Body: part.bytes }, { abortSignal });
    const { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = answer;
    const checksums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
    return { PartNumber: input.PartNumber, ETag, ...checksums };
  } finally {
    part.release();
  }
}

function tooManyParts({ partBytes, partsMax }: PartSizes): TaskFailure {
  return new TaskFailure(
    `The file is larger than it was said to be: it has more than ${partsMax} parts of ${partBytes} bytes.`,
  );
}

function tooLargeForChecksum({ Bucket, Key }: ObjectInput, sizeBytes: number): TaskFailure {
  return new TaskFailure(
    `The file for ${shownObject(Bucket, Key)} has ${sizeBytes} bytes, and S3 takes one of more than ${PUT_BYTES_MAX} only in parts, which have checksums of their own. Leave \`checksum\` out; with \`checksumAlgorithm\` the parts are checked.`,
  );
}
