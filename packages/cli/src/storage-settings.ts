import { parseDuration } from "@capstan/model";
import { z } from "zod";
import { CONFIGURATION_DEFAULTS } from "./configuration-defaults.ts";

const DEFAULTS = CONFIGURATION_DEFAULTS.storage;

const text = z.string({ error: "it must be a text" });
const address = text.refine(isServerAddress, {
  error: "it must be an address such as https://minio.example.org:9000, without a name and a password",
});
const FLAG = "it must be true or false";
const flag = z.union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"] })], { error: FLAG });
const PART_BYTES = "it must be a whole number from 5242880 to 536870912";
const HOUR_MS = 3_600_000;

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
    partBytes: z.coerce
      .number({ error: PART_BYTES })
      .int({ error: PART_BYTES })
      .min(5 * 1_048_576, { error: PART_BYTES })
      .max(512 * 1_048_576, { error: PART_BYTES })
      .default(DEFAULTS.s3.partBytes)
      .describe(
        "Files are written in parts of so many bytes, 5 MiB to 512 MiB: each file that is being written holds five of them in memory, and has at most 10,000",
      ),
    requestTimeout: text
      .refine((duration) => isWithin(duration, 1_000), "it must be a duration from PT1S to PT1H")
      .default(DEFAULTS.s3.requestTimeout)
      .describe(
        "How long the server may stay silent, PT1S to PT1H; then the request is made again, three times at most",
      ),
    startTimeout: text
      .refine((duration) => isWithin(duration, 0), "it must be a duration from PT0S to PT1H")
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

/** Whether a duration has at least so many milliseconds, and at most an hour. */
function isWithin(duration: string, least: number): boolean {
  const milliseconds = parseDuration(duration) ?? -1;
  return milliseconds >= least && milliseconds <= HOUR_MS;
}
