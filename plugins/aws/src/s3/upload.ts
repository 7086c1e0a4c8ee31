import { anyValue, defineTask, dynamic, instant, type TaskContext, TaskFailure, text, textMap } from "@capstan/sdk";
import { uploadSources } from "@capstan/sdk/objects";
import { z } from "zod";
import { type Connection, connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3 } from "./access.ts";
import { bucket, expectedBucketOwner, requestPayer } from "./object-properties.ts";
import { uploadFiles, uploadOutputs } from "./upload-files.ts";
import type { ObjectInput } from "./upload-object.ts";

/** How S3 and Java call the same algorithm. */
const ALGORITHMS = {
  CRC32: "CRC32",
  CRC32C: "CRC32C",
  CRC32_C: "CRC32C",
  CRC64NVME: "CRC64NVME",
  CRC64_NVME: "CRC64NVME",
  SHA1: "SHA1",
  SHA256: "SHA256",
} as const;
const ENCRYPTIONS = {
  AES256: "AES256",
  AWS_KMS: "aws:kms",
  "aws:kms": "aws:kms",
  AWS_KMS_DSSE: "aws:kms:dsse",
  "aws:kms:dsse": "aws:kms:dsse",
} as const;
const STORAGE_CLASSES = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "GLACIER_IR",
  "DEEP_ARCHIVE",
  "OUTPOSTS",
  "SNOW",
  "EXPRESS_ONEZONE",
] as const;

const keysOf = <Table extends object>(table: Table) => Object.keys(table) as (keyof Table & string)[];

const objectProperties = () => ({
  metadata: textMap().optional().describe("Metadata to keep with the objects."),
  cacheControl: text().optional().describe("`Cache-Control` of answers that hold the object."),
  contentType: text().optional().describe("Media type of the content, such as `application/gzip`."),
  contentEncoding: text().optional().describe("How the content is encoded, such as `gzip`."),
  contentDisposition: text().optional().describe("`Content-Disposition` of answers that hold the object."),
  contentLanguage: text().optional().describe("Language of the content."),
  contentLength: dynamic(z.int())
    .optional()
    .describe("Bytes that each file must have; nothing is uploaded of one that has more or less."),
  expires: instant().optional().describe("When caches are to forget the object, such as `2030-01-01T00:00:00Z`."),
  acl: text().optional().describe("A canned ACL, such as `private` or `bucket-owner-full-control`."),
  storageClass: dynamic(z.enum(STORAGE_CLASSES)).optional().describe("Storage class. Default: STANDARD."),
  serverSideEncryption: dynamic(z.enum(keysOf(ENCRYPTIONS)))
    .optional()
    .describe("Encryption by the server. Default: that of the bucket."),
  bucketKeyEnabled: dynamic(z.boolean()).optional().describe("Whether KMS is asked once for the bucket."),
  checksumAlgorithm: dynamic(z.enum(keysOf(ALGORITHMS)))
    .optional()
    .describe(
      "Checksum that the server checks and keeps; of a file above 8 MiB, those of its parts. Default: CRC32 at AWS, none at other servers.",
    ),
  checksum: text()
    .optional()
    .describe(
      "Checksum of the one file in base64, by `checksumAlgorithm`. The server refuses a file that has another one. Such a file may have 5 GiB.",
    ),
  expectedBucketOwner: expectedBucketOwner(),
  objectLockMode: dynamic(z.enum(["GOVERNANCE", "COMPLIANCE"]))
    .optional()
    .describe("How the object is locked until `objectLockRetainUntilDate`."),
  objectLockLegalHoldStatus: dynamic(z.enum(["ON", "OFF"]))
    .optional()
    .describe("Whether the object is on legal hold."),
  objectLockRetainUntilDate: instant().optional().describe("Until when the object is locked."),
  tagging: textMap().optional().describe("Tags of the objects."),
});

const properties = () =>
  z.object({
    ...connectionProperties(),
    ...pathStyleProperties(),
    requestPayer: requestPayer(),
    bucket: bucket(),
    from: anyValue().describe(
      "The files: one address, a list of them, a map of names and addresses such as `{{ outputs.dump.outputFiles }}`, or JSON text of these.",
    ),
    key: text().describe(
      "Key of the object. Of several files, or where it ends with a slash, the folder: each becomes `<key>/<name>`, where the name is that of the map, or the last part of the address.",
    ),
    ...objectProperties(),
    concurrentUploads: dynamic(z.int().min(1))
      .default(50)
      .describe("How many files are on their way at the same time. Default: 50."),
  });

export type UploadProperties = z.output<ReturnType<typeof properties>>;

/** Files become objects. */
export const upload = defineTask({
  type: "io.kestra.plugin.aws.s3.Upload",
  title: "Upload files to S3",
  description:
    "A file above 8 MiB goes in parts, of which the task holds 24 MiB at a time; each is tried again by itself. When the task fails or is killed, no part stays.",
  properties,
  outputs: uploadOutputs,
  examples: [
    {
      title: "Keep a backup",
      code:
        "id: keep\ntype: io.kestra.plugin.aws.s3.Upload\nfrom: \"{{ outputs.dump.outputFiles['backup.sql.gz'] }}\"\n" +
        "bucket: company-backups\nkey: \"db/{{ now() | date('yyyy-MM-dd') }}.sql.gz\"\n",
    },
    {
      title: "Upload all files of a script, to a server of your own",
      code:
        'id: publish\ntype: io.kestra.plugin.aws.s3.Upload\nfrom: "{{ outputs.report.outputFiles }}"\nbucket: reports\nkey: daily/\n' +
        "endpointOverride: http://minio:9000\naccessKeyId: \"{{ secret('MINIO_KEY') }}\"\nsecretKeyId: \"{{ secret('MINIO_SECRET') }}\"\n",
    },
  ],
  run,
});

async function run(context: TaskContext<UploadProperties>) {
  const { properties } = context;
  const { contentLength, concurrentUploads: atOnce, key } = properties;
  const sources = uploadSources(properties.from, key);
  const connection = connectionOf(properties, context.identity);
  const object = objectInput(properties, connection);
  const hasChecksum = properties.checksum !== undefined;
  if (hasChecksum && sources.length > 1)
    throw new TaskFailure("`checksum` is that of one file, and `from` names several. Leave it out.");
  using access = await openS3(connection, context.signal);
  return await uploadFiles(context, access, { sources, object, hasChecksum, atOnce, contentLength, key });
}

function objectInput(properties: UploadProperties, connection: Connection): Omit<ObjectInput, "Key"> {
  const { metadata, tagging, serverSideEncryption: encryption } = properties;
  return {
    Bucket: properties.bucket,
    ...(metadata !== undefined && { Metadata: metadata }),
    ...(tagging !== undefined && { Tagging: new URLSearchParams(tagging).toString() }),
    ...(encryption !== undefined && { ServerSideEncryption: ENCRYPTIONS[encryption] }),
    ...checksumInput(properties, connection),
    ...lockInput(properties),
    RequestPayer: properties.requestPayer as ObjectInput["RequestPayer"],
    ACL: properties.acl as ObjectInput["ACL"],
    ExpectedBucketOwner: properties.expectedBucketOwner,
    CacheControl: properties.cacheControl,
    ContentType: properties.contentType,
    ContentEncoding: properties.contentEncoding,
    ContentDisposition: properties.contentDisposition,
    ContentLanguage: properties.contentLanguage,
    Expires: dateOf(properties.expires),
    StorageClass: properties.storageClass,
    BucketKeyEnabled: properties.bucketKeyEnabled,
  };
}

function lockInput(properties: UploadProperties): Partial<ObjectInput> {
  const { objectLockMode, objectLockLegalHoldStatus, objectLockRetainUntilDate } = properties;
  return {
    ObjectLockMode: objectLockMode,
    ObjectLockLegalHoldStatus: objectLockLegalHoldStatus,
    ObjectLockRetainUntilDate: dateOf(objectLockRetainUntilDate),
  };
}

function checksumInput(properties: UploadProperties, { isOldFashioned }: Connection): Partial<ObjectInput> {
  const { checksum, checksumAlgorithm: written } = properties;
  if (checksum !== undefined && written === undefined)
    throw new TaskFailure("`checksum` says nothing without `checksumAlgorithm`: name its algorithm, such as SHA256.");
  const isLocked = properties.objectLockMode !== undefined || properties.objectLockLegalHoldStatus !== undefined;
  // S3 locks no object that comes without a checksum; and many servers that are not AWS know none.
  const algorithm = written === undefined ? (isLocked || !isOldFashioned ? "CRC32" : undefined) : ALGORITHMS[written];
  if (algorithm === undefined) return {};
  return { ChecksumAlgorithm: algorithm, ...(checksum !== undefined && { [`Checksum${algorithm}`]: checksum }) };
}

function dateOf(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}
