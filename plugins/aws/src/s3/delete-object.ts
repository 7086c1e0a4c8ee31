import type { DeleteObjectCommandInput, DeleteObjectCommandOutput } from "@aws-sdk/client-s3";
import { told } from "../aws-failure.ts";
import { type S3Access, shownObject } from "./access.ts";

export interface Doomed {
  readonly bucket: string;
  readonly key: string;
  readonly requestPayer?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  readonly bypassGovernanceRetention?: boolean | undefined;
  /** Serial number and code of a device, as `SERIAL CODE`. */
  readonly mfa?: string | undefined;
}

/** Deletes an object; one that is not there is none to S3. In a bucket that keeps versions, the older ones stay. */
export async function deleteObject({ s3, signal }: S3Access, doomed: Doomed): Promise<DeleteObjectCommandOutput> {
  const { bucket: Bucket, key: Key } = doomed;
  const input: DeleteObjectCommandInput = {
    Bucket,
    Key,
    RequestPayer: doomed.requestPayer as DeleteObjectCommandInput["RequestPayer"],
    ExpectedBucketOwner: doomed.expectedBucketOwner,
    BypassGovernanceRetention: doomed.bypassGovernanceRetention,
    MFA: doomed.mfa,
  };
  return told(`Deleting ${shownObject(Bucket, Key)}`, s3.deleteObject(input, { abortSignal: signal }));
}
