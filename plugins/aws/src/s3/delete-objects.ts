import { createHash } from "node:crypto";
import type { DeleteObjectsCommandInput } from "@aws-sdk/client-s3";
import { TaskFailure } from "@capstan/sdk";
import { told } from "../aws-failure.ts";
import { type S3Access, shownObject } from "./access.ts";
import { eachAtOnce } from "@capstan/sdk/objects";

/** Most keys that one request deletes. */
export const KEYS_MAX = 1_000;

export interface DoomedObjects {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly requestPayer?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  /** Requests that are on their way at the same time. */
  readonly atOnce: number;
}

/** Deletes objects, up to a thousand with a request. Throws `TaskFailure` with the first that the server refuses; others may be gone then. */
export async function deleteObjects(access: S3Access, doomed: DoomedObjects): Promise<void> {
  const { DeleteObjectsCommand } = await import("@aws-sdk/client-s3");
  const { bucket: Bucket, keys, atOnce } = doomed;
  const batches = Array.from({ length: Math.ceil(keys.length / KEYS_MAX) }, (_, index) =>
    keys.slice(index * KEYS_MAX, (index + 1) * KEYS_MAX),
  );
  await eachAtOnce(batches, { atOnce, signal: access.signal }, async (batch, abortSignal) => {
    const command = new DeleteObjectsCommand({
      Bucket,
      Delete: { Objects: batch.map((Key) => ({ Key })), Quiet: true },
      RequestPayer: doomed.requestPayer as DeleteObjectsCommandInput["RequestPayer"],
      ExpectedBucketOwner: doomed.expectedBucketOwner,
    });
    sendMd5(command);
    const what = `Deleting ${batch.length} objects of ${shownObject(Bucket, "")}`;
    const { Errors: [refused] = [] } = await told(what, access.s3.send(command, { abortSignal }));
    if (refused === undefined) return;
    const { Key = "", Code = "no code", Message = "no reason" } = refused;
    throw new TaskFailure(`Deleting ${shownObject(Bucket, Key)} failed: ${Message} (${Code}).`);
  });
}

type DeleteObjectsCommand = InstanceType<(typeof import("@aws-sdk/client-s3"))["DeleteObjectsCommand"]>;

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
