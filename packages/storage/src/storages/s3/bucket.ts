/**
 * A bucket as the storage needs it, over the SDK of AWS. The only file that knows the SDK, which takes a tenth of a second to load:
 * import it when the first request is made, never at the top.
 */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { StorageError } from "../../errors.ts";
import { toStorageError } from "./s3-errors.ts";
import { S3_DEFAULTS, type S3StorageOptions } from "./s3-options.ts";

/** How often a request is sent before its failure is told; the SDK waits a little longer each time. */
const ATTEMPTS_MAX = 4;
const CONNECT_MS_MAX = 5_000;
/** Many readers may hold a connection and wait for one writer. */
const CONNECTIONS_MAX = 256;
/** Most keys that one request lists or deletes. */
const KEYS_MAX = 1_000;

export interface ObjectFacts {
  readonly key: string;
  readonly sizeBytes: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

export interface Page {
  readonly objects: readonly ObjectFacts[];
  /** What keys begin with that have the delimiter further on. */
  readonly folderKeys: readonly string[];
  /** Asks for what follows. */
  readonly token: string | undefined;
}

export interface OpenedObject {
  readonly body: Readable;
  /** Of what the body holds; a proxy between may keep it to itself. */
  readonly sizeBytes: number | undefined;
  /** Names this content of the key. */
  readonly etag: string | undefined;
}

/** A file that is written in parts. */
export interface Upload {
  readonly key: string;
  readonly id: string;
}

export interface PartTag {
  readonly number: number;
  readonly etag: string;
}

export interface Listing {
  readonly prefix: string;
  readonly delimiter?: "/";
  readonly token?: string | undefined;
  readonly max?: number;
}

/** Requests to one bucket. Each is tried again a few times, and then rejects with a `StorageError`. */
export interface Bucket {
  head(key: string): Promise<ObjectFacts | undefined>;
  /** Bytes from `start` to `end`, both included; none when there are none. Throws `file-changed` when the content is not `etag` any more. */
  open(
    key: string,
    range?: { readonly start: number; readonly end?: number | undefined },
    etag?: string,
  ): Promise<OpenedObject | undefined>;
  put(key: string, content: Uint8Array): Promise<void>;
  page(listing: Listing): Promise<Page>;
  remove(keys: readonly string[]): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  beginUpload(key: string): Promise<Upload>;
  uploadPart(upload: Upload, number: number, content: Uint8Array, signal: AbortSignal): Promise<PartTag>;
  copyPart(upload: Upload, number: number, from: string, range: { start: number; end: number }): Promise<PartTag>;
  finishUpload(upload: Upload, parts: readonly PartTag[]): Promise<void>;
  dropUpload(upload: Upload): Promise<void>;
  /** Uploads that have neither been finished nor dropped. */
  uploads(prefix: string): AsyncIterable<Upload & { readonly begunAt: number }>;
  /** An address from which anybody may download the key for so many seconds, as an attachment of that name. */
  signedUrl(key: string, disposition: string, seconds: number): Promise<string>;
  close(): void;
}

export function createBucket(options: S3StorageOptions): Bucket {
  const client = new S3Client(clientSettings(options, options.endpoint));
  // An address is signed with its host, so another host needs another client.
  const signer = new S3Client(clientSettings(options, options.downloads?.endpoint ?? options.endpoint));
  const Bucket = options.bucket;
  const place = `in the bucket "${Bucket}"${options.endpoint === undefined ? "" : ` at ${options.endpoint}`}`;
  const failure: Access["failure"] = (error, key) =>
    toStorageError(error, `${key === "" ? "what lies" : key} ${place}`);
  const access: Access = {
    client,
    Bucket,
    failure,
    of: async (key, request) => {
      try {
        return await request;
      } catch (error) {
        throw failure(error, key);
      }
    },
  };
  return {
    ...readsOf(access),
    ...writesOf(access),
    ...uploadsOf(access),
    signedUrl: (key, disposition, seconds) => {
      const command = new GetObjectCommand({
        Bucket,
        Key: key,
        ResponseContentDisposition: disposition,
        ResponseContentType: "application/octet-stream",
      });
      return access.of(key, getSignedUrl(signer, command, { expiresIn: seconds }));
    },
    close: () => {
      client.destroy();
      signer.destroy();
    },
  };
}

interface Access {
  readonly client: S3Client;
  /** The bucket's name, as requests call it. */
  readonly Bucket: string;
  /** What a failed request for a key is told as. */
  readonly failure: (error: unknown, key: string) => unknown;
  /** Waits for a request, and tells its failure. */
  readonly of: <Result>(key: string, request: Promise<Result>) => Promise<Result>;
}

function readsOf({ client, Bucket, failure, of }: Access): Pick<Bucket, "head" | "open" | "page"> {
  return {
    head: async (key) => {
      try {
        const { ContentLength = 0, LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: key }));
        return { key, sizeBytes: ContentLength, modifiedAt: LastModified?.getTime() ?? 0 };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw failure(error, key);
      }
    },
    open: async (key, range, etag) => {
      const { start = 0, end } = range ?? {};
      const Range = start === 0 && end === undefined ? undefined : `bytes=${start}-${end ?? ""}`;
      try {
        const command = new GetObjectCommand({ Bucket, Key: key, Range, IfMatch: etag });
        const { Body, ContentLength, ContentRange, ETag } = await client.send(command);
        const body = Body as unknown as Readable;
        if (Range === undefined || ContentRange !== undefined) return { body, sizeBytes: ContentLength, etag: ETag };
        body.destroy();
        throw new StorageError("storage-refused", `${key}: the server sends the whole file where bytes were asked for`);
      } catch (error) {
        if (statusOf(error) === 416) return undefined;
        throw failure(error, key);
      }
    },
    page: async ({ prefix, delimiter, token, max = KEYS_MAX }) => {
      const names = { Bucket, Prefix: prefix, Delimiter: delimiter };
      const command = new ListObjectsV2Command({ ...names, ContinuationToken: token, MaxKeys: max });
      const { Contents = [], CommonPrefixes = [], NextContinuationToken } = await of(prefix, client.send(command));
      return {
        objects: Contents.map(({ Key = "", Size = 0, LastModified }) => ({
          key: Key,
          sizeBytes: Size,
          modifiedAt: LastModified?.getTime() ?? 0,
        })),
        folderKeys: CommonPrefixes.map(({ Prefix = "" }) => Prefix),
        token: NextContinuationToken,
      };
    },
  };
}

function writesOf({ client, Bucket, failure, of }: Access): Pick<Bucket, "put" | "copy" | "remove"> {
  return {
    put: async (key, content) => {
      await of(key, client.send(new PutObjectCommand({ Bucket, Key: key, Body: content })));
    },
    copy: async (from, to) => {
      await of(from, client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource: sourceOf(Bucket, from) })));
    },
    remove: async (keys) => {
      if (keys.length === 1) {
        await of(keys[0]!, client.send(new DeleteObjectCommand({ Bucket, Key: keys[0] })));
        return;
      }
      for (let start = 0; start < keys.length; start += KEYS_MAX) {
        const Objects = keys.slice(start, start + KEYS_MAX).map((Key) => ({ Key }));
        const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
        sendMd5(command);
        const { Errors: [refused] = [] } = await of(keys[start]!, client.send(command));
        if (refused === undefined) continue;
        const facts = { name: refused.Code ?? "Error", $metadata: { httpStatusCode: 200 } };
        throw failure(Object.assign(new Error(refused.Message), facts), refused.Key ?? keys[start]!);
      }
    },
  };
}

type UploadRequests = Pick<
  Bucket,
  "beginUpload" | "uploadPart" | "copyPart" | "finishUpload" | "dropUpload" | "uploads"
>;

function uploadsOf({ client, Bucket, of }: Access): UploadRequests {
  return {
    beginUpload: async (key) => {
      const { UploadId } = await of(key, client.send(new CreateMultipartUploadCommand({ Bucket, Key: key })));
      if (UploadId === undefined) throw new StorageError("storage-refused", `${key}: the upload got no id`);
      return { key, id: UploadId };
    },
    uploadPart: async ({ key, id }, number, content, signal) => {
      const command = new UploadPartCommand({ Bucket, Key: key, UploadId: id, PartNumber: number, Body: content });
      const { ETag = "" } = await of(key, client.send(command, { abortSignal: signal }));
      return { number, etag: ETag };
    },
    copyPart: async ({ key, id }, number, from, { start, end }) => {
      const command = new UploadPartCopyCommand({
        Bucket,
        Key: key,
        UploadId: id,
        PartNumber: number,
        CopySource: sourceOf(Bucket, from),
        CopySourceRange: `bytes=${start}-${end}`,
      });
      const { CopyPartResult } = await of(from, client.send(command));
      return { number, etag: CopyPartResult?.ETag ?? "" };
    },
    finishUpload: async ({ key, id }, parts) => {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      const names = { Bucket, Key: key, UploadId: id };
      await of(key, client.send(new CompleteMultipartUploadCommand({ ...names, MultipartUpload: { Parts } })));
    },
    dropUpload: async ({ key, id }) => {
      await of(key, client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: id })));
    },
    uploads: async function* (prefix) {
      for (let after: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; after !== undefined;) {
        const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
          Bucket,
          Prefix: prefix,
          ...after,
        });
        const answer: ListMultipartUploadsCommandOutput = await of(prefix, client.send(command));
        const { Uploads = [], IsTruncated, NextKeyMarker, NextUploadIdMarker } = answer;
        for (const { Key = "", UploadId = "", Initiated } of Uploads)
          yield { key: Key, id: UploadId, begunAt: Initiated?.getTime() ?? Date.now() };
        after =
          IsTruncated === true && NextKeyMarker !== undefined
            ? {
                KeyMarker: NextKeyMarker,
                ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
              }
            : undefined;
      }
    },
  };
}

function clientSettings(options: S3StorageOptions, endpoint: string | undefined): S3ClientConfig {
  const { accessKeyId, secretAccessKey, silenceMsMax = S3_DEFAULTS.silenceMsMax } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : "us-east-1");
  const agent = { maxSockets: CONNECTIONS_MAX, keepAlive: true };
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: ATTEMPTS_MAX,
    // Many servers that speak S3 know none of the newer checksums. What is sent is signed with its SHA-256 all the same.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      socketTimeout: silenceMsMax,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

/** A list of deletes must have a checksum, and older servers know no other than this one. */
function sendMd5({ middlewareStack }: DeleteObjectsCommand): void {
  middlewareStack.add(
    (next) => (args) => {
      const { body, headers } = args.request as { body: string | Uint8Array; headers: Record<string, string> };
      headers["content-md5"] = createHash("md5").update(body).digest("base64");
      return next(args);
    },
    { step: "build", name: "sendMd5", priority: "low" },
  );
}

/** The source of a copy, as a part of an address. */
function sourceOf(bucket: string, key: string): string {
  return `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
