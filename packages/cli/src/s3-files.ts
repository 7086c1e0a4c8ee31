import { parseDuration } from "@capstan/model";
import { createS3Storage, type S3StorageOptions } from "@capstan/storage/s3";
import type { Configuration } from "./configuration.ts";
import type { FilesPlace } from "./files-place.ts";
import { Mistake } from "./mistake.ts";

/** Files in the bucket of the settings. Throws a `Mistake` where those are not complete; nothing is asked of the bucket yet. */
export function filesInS3({ storage: { s3 } }: Configuration): FilesPlace {
  const options = optionsOf(s3);
  return {
    storage: createS3Storage(options),
    ofThreads: {
      module: import.meta.resolve("@capstan/storage/s3"),
      factory: "createS3Storage",
      // The server has looked at the bucket; a thread that uses no file connects to nobody.
      options: { ...options, checksBucket: false } satisfies S3StorageOptions,
    },
    shown: `s3://${[options.bucket, s3.prefix].filter((part) => part !== "").join("/")}${s3.endpoint === undefined ? "" : ` at ${s3.endpoint}`}`,
  };
}

function optionsOf(s3: Configuration["storage"]["s3"]): S3StorageOptions {
  const { bucket, endpoint, region, prefix, accessKeyId, secretAccessKey, forcePathStyle, partBytes } = s3;
  if (bucket === undefined) throw new Mistake("storage.type s3 needs storage.s3.bucket — see capstan config explain");
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw new Mistake(
      "storage.s3 needs both accessKeyId and secretAccessKey, or none of them — see capstan config explain",
    );
  return {
    bucket,
    endpoint,
    region,
    prefix,
    accessKeyId,
    secretAccessKey,
    forcePathStyle,
    partBytes,
    silenceMsMax: parseDuration(s3.requestTimeout),
    startMsMax: parseDuration(s3.startTimeout),
    downloads: s3.presignedDownloads ? { endpoint: s3.publicEndpoint } : undefined,
  };
}
