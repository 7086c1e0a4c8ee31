import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";

/** Properties that several types of S3 have in common. */
export const bucket = () => text().describe("Name of the bucket.");
export const requestPayer = () =>
  text().optional().describe("`requester` where the one who asks pays, and not the owner of the bucket.");
export const expectedBucketOwner = () =>
  text().optional().describe("Id of the account that the bucket must belong to; another one fails the task.");

/** What becomes of objects once they are stored. */
export const action = () =>
  dynamic(z.enum(["MOVE", "DELETE", "NONE"])).describe(
    "What becomes of the objects in the bucket: MOVE them to `moveTo`, DELETE them, or NONE.",
  );

const encryption = {
  serverSideEncryption: dynamic(z.enum(["NONE", "AES256", "AWS_KMS"]))
    .optional()
    .describe("Encryption of the new object: AES256, AWS_KMS, or NONE for that of the bucket."),
  kmsKeyId: text().optional().describe("Key of KMS to encrypt with."),
};

/** The folder that objects are moved to. */
export const moveTo = () =>
  z
    .object({
      bucket: text().optional().describe("Its bucket. Default: the one that the objects are in."),
      key: text().describe("The folder: each object becomes `<key>/<the last part of its own key>`."),
      ...encryption,
    })
    .optional()
    .describe("Where `action: MOVE` moves the objects. What lies there under the same name is replaced.");

/** The place of a copy; what is not given is that of the original. */
export const copyTarget = () =>
  z
    .object({
      bucket: text().optional().describe("Its bucket. Default: that of the original."),
      key: text().optional().describe("Its key. Default: that of the original."),
      ...encryption,
    })
    .optional()
    .describe("Where the copy goes.");

export const copySource = () =>
  z
    .object({
      bucket: bucket(),
      key: text().describe("Key of the object."),
      versionId: text().optional().describe("Version to copy. Default: the latest."),
      serverSideEncryption: encryption.serverSideEncryption.meta({
        deprecated: true,
        description: "Says nothing: an object is read however it is encrypted.",
      }),
      kmsKeyId: text()
        .optional()
        .meta({ deprecated: true, description: "Says nothing: an object is read however it is encrypted." }),
    })
    .describe("The object to copy.");

/** Which objects of a bucket are meant. */
export const selectionProperties = () => ({
  requestPayer: requestPayer(),
  bucket: bucket(),
  prefix: text().optional().describe("What the keys begin with."),
  delimiter: text()
    .optional()
    .describe("Keys that have this text after the prefix are left out: `/` leaves out what lies in deeper folders."),
  marker: text().optional().describe("Only keys that come after this one in the order of their bytes."),
  encodingType: text()
    .optional()
    .describe("`url` lets the server encode keys that XML can't write; they are decoded again."),
  expectedBucketOwner: expectedBucketOwner(),
  regexp: text().optional().describe("A regular expression in Java's notation that matches the whole key."),
  filter: dynamic(z.enum(["FILES", "DIRECTORY", "BOTH"]))
    .default("BOTH")
    .describe("FILES leaves out keys that end with a slash, DIRECTORY takes nothing else. Default: BOTH."),
});

export const maxKeys = () =>
  dynamic(z.int().min(1))
    .default(1_000)
    .describe("How many keys are looked at, in their order, before `regexp` and `filter` choose. Default: 1000.");

export const maxFiles = () =>
  dynamic(z.int().min(1)).default(25).describe("How many objects are taken at most. Default: 25.");

const checksumOutputs = () => ({
  checksumAlgorithm: z.string().optional().describe("Algorithm of the checksum that the object is kept with."),
  checksumValue: z.string().optional().describe("The checksum, in base64."),
});

/** An object of a bucket, as it is put out. */
export const listedObject = () =>
  z.object({
    uri: z.string().optional().describe("The file that its content was stored as."),
    key: z.string(),
    etag: z.string().optional().describe("Names its content, with quotes as the server gives it."),
    size: z.int().describe("Bytes."),
    lastModified: z.string().optional().describe("When it was written, in UTC."),
    owner: z.object({ id: z.string().optional(), displayName: z.string().optional() }).optional(),
    ...checksumOutputs(),
  });

/** What is known of the content of an object, and where it is stored. */
export const fileInfo = () => ({
  uri: z.string().optional().describe("The file in the internal storage."),
  contentLength: z.int().optional().describe("Bytes."),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional().describe("Metadata of the object that users gave it."),
  versionId: z.string().optional().describe("Its version, in a bucket that keeps versions."),
  eTag: z.string().optional().describe("Names its content, with quotes as the server gives it."),
  ...checksumOutputs(),
});
