import type { _Object, ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { type Renderer, type TaskLogger } from "@capstan/sdk";
import { patternMatcher } from "@capstan/sdk/objects";
import { told } from "../aws-failure.ts";
import { type S3Access, shownObject } from "./access.ts";

/** Most keys that one request lists. */
const PAGE_KEYS_MAX = 1_000;

/** Which objects of a bucket are meant. */
export interface Selection {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly marker?: string | undefined;
  readonly encodingType?: string | undefined;
  readonly requestPayer?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  readonly regexp?: string | undefined;
  readonly filter: "FILES" | "DIRECTORY" | "BOTH";
}

/** An object of a bucket, as it is put out. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string | undefined;
  readonly size: number;
  /** ISO-8601, in UTC. */
  readonly lastModified: string | undefined;
  readonly owner: { readonly id: string | undefined; readonly displayName: string | undefined } | undefined;
  readonly checksumAlgorithm: string | undefined;
}

export interface ListingLimits {
  /** How many keys are looked at. */
  readonly maxKeys: number;
  /** How many objects are taken. */
  readonly maxFiles?: number;
}

type Context = Pick<Renderer, "evaluate"> & { readonly log: TaskLogger };

/** The objects that are meant, in the order of their keys. What is left out for a limit is told with a warning. */
export async function listObjects(
  context: Context,
  access: S3Access,
  selection: Selection,
  { maxKeys, maxFiles = Infinity }: ListingLimits,
): Promise<ListedObject[]> {
  const chosen: ListedObject[] = [];
  for await (const object of selectedObjects(context, access, selection, maxKeys)) {
    if (chosen.length === maxFiles) {
      context.log.warn(
        `More than ${maxFiles} objects are there: the others are left out. Raise \`maxFiles\` for them.`,
      );
      break;
    }
    chosen.push(object);
  }
  return chosen;
}

/** The same one by one, as the server lists them. Without `maxKeys`, all of them. */
export async function* selectedObjects(
  { evaluate, log }: Context,
  access: S3Access,
  selection: Selection,
  maxKeys = Infinity,
): AsyncGenerator<ListedObject> {
  const { filter, regexp } = selection;
  const matches = regexp === undefined ? async () => true : patternMatcher(evaluate, "regexp", regexp);
  let left = maxKeys;
  let token: string | undefined;
  do {
    const page = await nextPage(access, selection, { MaxKeys: Math.min(PAGE_KEYS_MAX, left), token });
    for (const object of page.objects) {
      const isFolder = object.key.endsWith("/");
      if ((filter === "FILES" && isFolder) || (filter === "DIRECTORY" && !isFolder)) continue;
      if (await matches(object.key)) yield object;
    }
    left -= page.keyCount;
    ({ token } = page);
  } while (token !== undefined && left > 0);
  if (token !== undefined)
    log.warn(`There are more than ${maxKeys} keys: the others are not looked at. Raise \`maxKeys\` for them.`);
}

async function nextPage(
  { s3, signal }: S3Access,
  selection: Selection,
  at: { MaxKeys: number; token: string | undefined },
) {
  const { bucket: Bucket, prefix, marker } = selection;
  const isEncoded = selection.encodingType?.toLowerCase() === "url";
  const input: ListObjectsV2CommandInput = {
    Bucket,
    Prefix: prefix,
    Delimiter: selection.delimiter,
    MaxKeys: at.MaxKeys,
    FetchOwner: true,
    RequestPayer: selection.requestPayer as ListObjectsV2CommandInput["RequestPayer"],
    ExpectedBucketOwner: selection.expectedBucketOwner,
    ...(isEncoded && { EncodingType: "url" }),
    ...(at.token === undefined ? { StartAfter: marker } : { ContinuationToken: at.token }),
  };
  const what = `Listing ${shownObject(Bucket, prefix ?? "")}`;
  const answer: ListObjectsV2CommandOutput = await told(what, s3.listObjectsV2(input, { abortSignal: signal }));
  const { Contents = [], CommonPrefixes = [], NextContinuationToken } = answer;
  return {
    objects: Contents.map((object) => listed(object, isEncoded)),
    // One that counts nothing would be asked for ever.
    keyCount: Math.max(1, Contents.length + CommonPrefixes.length),
    token: NextContinuationToken,
  };
}

function listed(object: _Object, isEncoded: boolean): ListedObject {
  const { Key = "", ETag, Size = 0, LastModified, Owner, ChecksumAlgorithm } = object;
  return {
    key: isEncoded ? decodeURIComponent(Key.replaceAll("+", " ")) : Key,
    etag: ETag,
    size: Size,
    lastModified: LastModified?.toISOString(),
    owner: Owner === undefined ? undefined : { id: Owner.ID, displayName: Owner.DisplayName },
    checksumAlgorithm: ChecksumAlgorithm?.[0],
  };
}
