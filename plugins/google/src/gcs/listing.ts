import { dynamic, type Renderer, text } from "@capstan/sdk";
import { patternMatcher } from "@capstan/sdk/objects";
import { z } from "zod";
import type { GoogleApi } from "../google-api.ts";
import { type Blob, blobFrom, folderBlob } from "./blob.ts";
import { bucketPath, placeOf, shownPlace } from "./object-address.ts";

/** Names that one request lists at most. */
const PAGE_NAMES_MAX = 1_000;

/** Which objects are meant. */
export const selectionProperties = () => ({
  from: text().describe("What the objects begin with, as `gs://bucket/folder/`."),
  allVersions: dynamic(z.boolean()).optional().describe("Whether noncurrent versions count as well. Default: false."),
  listingType: dynamic(z.enum(["RECURSIVE", "DIRECTORY"]))
    .default("DIRECTORY")
    .describe(
      "DIRECTORY takes what lies directly in the folder, RECURSIVE what lies below it as well. Default: DIRECTORY.",
    ),
  regExp: text()
    .optional()
    .describe("A regular expression in Java's notation that matches the whole address, with `gs://` and the bucket."),
});

export const filter = () =>
  dynamic(z.enum(["FILES", "DIRECTORY", "BOTH"]))
    .default("BOTH")
    .describe("FILES leaves out folders, DIRECTORY takes nothing else. Default: BOTH.");

export const maxFiles = () =>
  dynamic(z.int().min(1)).default(25).describe("How many are taken at most, in the order of their names. Default: 25.");

export interface Selection {
  readonly from: string;
  readonly allVersions?: boolean | undefined;
  readonly listingType: "RECURSIVE" | "DIRECTORY";
  readonly regExp?: string | undefined;
  readonly filter: "FILES" | "DIRECTORY" | "BOTH";
}

/** What a listing finds, folders after the objects of their page. Throws `GoogleFailure`. */
export async function* selectedBlobs(
  evaluate: Renderer["evaluate"],
  api: GoogleApi,
  selection: Selection,
): AsyncGenerator<Blob> {
  const { from, allVersions = false, listingType, regExp, filter: kind } = selection;
  const { bucket, name: prefix } = placeOf("from", from);
  const isMatch = regExp === undefined ? undefined : patternMatcher(evaluate, "regExp", regExp);
  for (let token: string | undefined; ;) {
    const answer = (await api.call({
      what: `Listing ${shownPlace({ bucket, name: prefix })}`,
      path: `${bucketPath(bucket)}/o`,
      params: {
        maxResults: String(PAGE_NAMES_MAX),
        ...(prefix !== "" && { prefix }),
        ...(listingType === "DIRECTORY" && { delimiter: "/" }),
        ...(allVersions && { versions: "true" }),
        ...(token !== undefined && { pageToken: token }),
      },
      adviceFor: (status) => (status === 404 ? "Check the bucket in `from`." : undefined),
    })) as Page;
    const objects = kind === "DIRECTORY" ? [] : (answer.items ?? []).map(blobFrom);
    const folders = kind === "FILES" ? [] : (answer.prefixes ?? []).map((name) => folderBlob(bucket, name));
    for (const blob of [...objects, ...folders]) if ((await isMatch?.(blob.uri)) !== false) yield blob;
    token = answer.nextPageToken;
    if (token === undefined) return;
  }
}

interface Page {
  readonly items?: readonly unknown[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

/** The first of what a listing finds. */
export async function listBlobs(
  evaluate: Renderer["evaluate"],
  api: GoogleApi,
  selection: Selection & { readonly maxFiles: number },
): Promise<readonly Blob[]> {
  const blobs: Blob[] = [];
  for await (const blob of selectedBlobs(evaluate, api, selection)) {
    blobs.push(blob);
    if (blobs.length === selection.maxFiles) break;
  }
  return blobs;
}
