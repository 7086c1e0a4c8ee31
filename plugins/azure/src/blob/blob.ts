import type { HttpResponse } from "@capstan/sdk/http";
import { z } from "zod";
import { type BlobApi, type BlobPlace, pathOf, shownPlace } from "./blob-api.ts";

/** A blob of a container, as it is put out. */
export interface Blob extends BlobPlace {
  /** In Azure, without credentials, or of the file that it was stored as. */
  readonly uri: string;
  readonly size: number;
  /** ISO-8601 in UTC. */
  readonly lastModified?: string | undefined;
  readonly eTag?: string | undefined;
}

export const blobOutput = () =>
  z.object({
    uri: z.string().describe("Its address in Azure; where its content was stored, the address of that file."),
    container: z.string(),
    name: z.string(),
    size: z.int().describe("Bytes."),
    lastModified: z.string().optional().describe("When it was written, in UTC."),
    eTag: z.string().optional().describe("Names its content: another one has another."),
  });

export function addressOf({ connection }: BlobApi, place: BlobPlace): string {
  return `${connection.endpoint}${pathOf(place)}`;
}

/** What headers say of a blob. */
export function blobFrom(api: BlobApi, place: BlobPlace, response: HttpResponse, size?: number): Blob {
  const lastModified = response.header("last-modified");
  return {
    uri: addressOf(api, place),
    container: place.container,
    name: place.name,
    size: size ?? Number(response.header("content-length") ?? 0),
    lastModified: lastModified === undefined ? undefined : new Date(lastModified).toISOString(),
    eTag: response.header("etag"),
  };
}

/** What is said of a blob. Throws `AzureFailure`, with status 404 where there is none. */
export async function readBlob(api: BlobApi, place: BlobPlace): Promise<Blob> {
  const what = `Reading ${shownPlace(place)}`;
  return blobFrom(api, place, await api.done({ what, method: "HEAD", path: pathOf(place) }));
}

/** Deletes a blob with its snapshots. With an eTag it must still have that content (status 412 otherwise). Throws `AzureFailure`. */
export async function deleteBlob(api: BlobApi, place: BlobPlace, eTag?: string): Promise<void> {
  await api.done({
    what: `Deleting ${shownPlace(place)}`,
    method: "DELETE",
    path: pathOf(place),
    headers: { "x-ms-delete-snapshots": "include", ...(eTag !== undefined && { "If-Match": quoted(eTag) }) },
  });
}

/** Listings write eTags without the quotes that headers have. */
export function quoted(eTag: string): string {
  return /^(?:W\/)?"/.test(eTag) ? eTag : `"${eTag}"`;
}
