import { z } from "zod";
import { CONFIGURATION_DEFAULTS } from "./configuration-defaults.ts";
import { durationFrom, flag, integerFrom, text } from "./setting-kinds.ts";

const DEFAULTS = CONFIGURATION_DEFAULTS.storage;

const address = text.refine(isServerAddress, {
  error: "it must be an address such as https://minio.example.org:9000, without a name and a password",
});

/** Where files lie. */
export const storageSchema = z.strictObject({
  type: z
    .enum(["local", "s3"])
    .default(DEFAULTS.type)
    .describe("Where files of executions and namespaces lie: in the data folder, or in a bucket of S3"),
  s3: z.strictObject({
    bucket: text
      .min(3, { error: "it must be the name of a bucket" })
      .optional()
      .describe("Bucket of the files, which must be there"),
    endpoint: address
      .optional()
      .describe("Address of a server that speaks S3, such as https://minio.example.org:9000; none: AWS"),
    region: text
      .min(1, { error: "it must be the name of a region" })
      .optional()
      .describe("Region of the bucket; none: that of AWS's environment or profile, and with an endpoint us-east-1"),
    prefix: text
      .refine(isPrefix, { error: "it must be at most 50 letters, digits and -_. with single slashes between them" })
      .default(DEFAULTS.s3.prefix)
      .describe("What all keys begin with, such as capstan/files; servers that share a bucket need different ones"),
    accessKeyId: text
      .optional()
      .describe(
        "Access key; none: credentials of AWS's environment, profiles, web identity (IRSA), containers and machines",
      ),
    secretAccessKey: text.optional().describe("Secret that goes with the access key"),
    forcePathStyle: flag
      .optional()
      .describe("Whether the bucket is named in the path instead of the host; none: where there is an endpoint"),
    partBytes: integerFrom(5 * 1_048_576, 512 * 1_048_576)
      .default(DEFAULTS.s3.partBytes)
      .describe(
        "Files are written in parts of so many bytes, 5 MiB to 512 MiB: each file that is being written holds five of them in memory, and has at most 10,000",
      ),
    requestTimeout: durationFrom("PT1S", "PT1H")
      .default(DEFAULTS.s3.requestTimeout)
      .describe(
        "How long the server may stay silent, PT1S to PT1H; then the request is made again, three times at most",
      ),
    startTimeout: durationFrom("PT0S", "PT1H")
      .default(DEFAULTS.s3.startTimeout)
      .describe("How long a start waits for a server that can't be reached, up to PT1H"),
    presignedDownloads: flag
      .default(DEFAULTS.s3.presignedDownloads)
      .describe(
        "Whether callers who download a file are sent on to the bucket, with an address that is good for five minutes",
      ),
    publicEndpoint: address
      .optional()
      .describe("Address of the S3 server for callers who are sent there; none: the endpoint"),
  }),
});

function isServerAddress(written: string): boolean {
  const url = URL.parse(written);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

function isPrefix(written: string): boolean {
  return (
    written === "" ||
    (written.length <= 50 && /^(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/.test(written))
  );
}
