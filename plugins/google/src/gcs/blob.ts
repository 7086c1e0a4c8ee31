import { z } from "zod";
import { shownPlace } from "./object-address.ts";

const text = () => z.string().optional();
const whole = () => z.coerce.number().optional();

/** What Cloud Storage says of an object, as far as it is used. */
const resource = z.object({
  bucket: z.string(),
  name: z.string(),
  id: text(),
  selfLink: text(),
  mediaLink: text(),
  generation: text(),
  metageneration: whole(),
  size: z.coerce.number().default(0),
  etag: text(),
  md5Hash: text(),
  crc32c: text(),
  contentType: text(),
  contentEncoding: text(),
  contentDisposition: text(),
  contentLanguage: text(),
  cacheControl: text(),
  metadata: z.record(z.string(), z.string()).optional(),
  timeCreated: text(),
  updated: text(),
  timeDeleted: text(),
  customTime: text(),
  timeStorageClassUpdated: text(),
  componentCount: whole(),
  kmsKeyName: text(),
  eventBasedHold: z.boolean().optional(),
  temporaryHold: z.boolean().optional(),
});

/** An object of a bucket, as it is put out. */
export interface Blob {
  /** In Cloud Storage, or of the file that it was stored as. */
  readonly uri: string;
  readonly bucket: string;
  readonly name: string;
  readonly size: number;
  readonly isDirectory: boolean;
  readonly generation?: string | undefined;
  readonly etag?: string | undefined;
  readonly md5?: string | undefined;
  readonly crc32c?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly updateTime?: string | undefined;
}

/** Throws an error of the schema for what is no object. */
export function blobFrom(value: unknown): Blob {
  const { id, md5Hash, metageneration, timeCreated, updated, timeDeleted, ...same } = resource.parse(value);
  const blob = {
    uri: shownPlace(same),
    ...same,
    isDirectory: false,
    generatedId: id,
    metaGeneration: metageneration,
    md5: md5Hash,
    createTime: timeCreated,
    updateTime: updated,
    deleteTime: timeDeleted,
  };
  return blob;
}

/** A folder, which is no more than what names of objects begin with. */
export function folderBlob(bucket: string, name: string): Blob {
  return { uri: shownPlace({ bucket, name }), bucket, name, size: 0, isDirectory: true };
}

export const blobOutput = () =>
  z.object({
    uri: z.string().describe("`gs://bucket/name`; where its content was stored, the address of that file."),
    bucket: z.string(),
    name: z.string().describe("Its name in the bucket."),
    size: z.int().describe("Bytes."),
    isDirectory: z.boolean().describe("Whether it is a folder: what several names begin with."),
    generation: z.string().optional().describe("Names its content: another one has another generation."),
    metaGeneration: z.int().optional().describe("Counts the changes of what is said about this content."),
    generatedId: z.string().optional(),
    selfLink: z.string().optional(),
    mediaLink: z.string().optional(),
    etag: z.string().optional(),
    md5: z.string().optional().describe("MD5 of its content in base64; composed objects have none."),
    crc32c: z.string().optional().describe("CRC32C of its content in base64."),
    contentType: z.string().optional(),
    contentEncoding: z.string().optional(),
    contentDisposition: z.string().optional(),
    contentLanguage: z.string().optional(),
    cacheControl: z.string().optional(),
    metadata: z.record(z.string(), z.string()).optional().describe("Metadata that users gave it."),
    createTime: z.string().optional().describe("When it was written, in UTC."),
    updateTime: z.string().optional().describe("When it, or what is said about it, was last changed."),
    deleteTime: z.string().optional().describe("Since when it is a noncurrent version."),
    customTime: z.string().optional(),
    timeStorageClassUpdated: z.string().optional(),
    componentCount: z.int().optional().describe("How many objects it was composed of."),
    kmsKeyName: z.string().optional(),
    eventBasedHold: z.boolean().optional(),
    temporaryHold: z.boolean().optional(),
  });
