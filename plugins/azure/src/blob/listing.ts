import { dynamic, type Renderer, text } from "@capstan/sdk";
import { patternMatcher } from "@capstan/sdk/objects";
import { z } from "zod";
import { childAt, type Element, readXml, textAt } from "../xml.ts";
import { addressOf, type Blob } from "./blob.ts";
import { type BlobApi, pathOf } from "./blob-api.ts";

/** Names that one request lists at most. */
const PAGE_NAMES_MAX = 5_000;

export const container = () => text().describe("Name of the container.");

/** Which blobs of a container are meant. */
export const selectionProperties = () => ({
  container: container(),
  prefix: text().optional().describe("What the names begin with."),
  regexp: text().optional().describe("A regular expression in Java's notation that matches the whole name."),
  delimiter: text()
    .optional()
    .describe("What separates folders: with `/`, what lies in deeper folders counts as those folders."),
  filter: dynamic(z.enum(["FILES", "DIRECTORY", "BOTH"]))
    .default("FILES")
    .describe("FILES leaves out folders, DIRECTORY takes nothing else. Default: FILES."),
});

export const maxFiles = () =>
  dynamic(z.int().min(1)).default(25).describe("How many are taken at most, in the order of their names. Default: 25.");

export interface Selection {
  readonly container: string;
  readonly prefix?: string | undefined;
  readonly regexp?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly filter: "FILES" | "DIRECTORY" | "BOTH";
}

/** What a listing finds. Throws `AzureFailure`. */
export async function* selectedBlobs(
  evaluate: Renderer["evaluate"],
  api: BlobApi,
  { container: name, prefix, regexp, delimiter, filter }: Selection,
): AsyncGenerator<Blob> {
  const isMatch = regexp === undefined ? undefined : patternMatcher(evaluate, "regexp", regexp);
  for (let marker: string | undefined; ;) {
    const answer = await api.text({
      what: `Listing ${name}/${prefix ?? ""}`,
      method: "GET",
      path: pathOf({ container: name }),
      params: {
        restype: "container",
        comp: "list",
        include: "metadata",
        maxresults: String(PAGE_NAMES_MAX),
        ...(prefix !== undefined && { prefix }),
        ...(delimiter !== undefined && { delimiter }),
        ...(marker !== undefined && { marker }),
      },
    });
    const page = childAt(readXml(answer), "EnumerationResults");
    for (const element of childAt(page, "Blobs")?.children ?? []) {
      const isFolder = element.name === "BlobPrefix" || isFolderMark(element);
      if (isFolder ? filter === "FILES" : filter === "DIRECTORY") continue;
      const blob = listed(api, name, element);
      if ((await isMatch?.(blob.name)) !== false) yield blob;
    }
    marker = textAt(page, "NextMarker");
    if (marker === undefined) return;
  }
}

/** The first of what a listing finds. */
export async function listBlobs(
  evaluate: Renderer["evaluate"],
  api: BlobApi,
  selection: Selection & { readonly maxFiles: number },
): Promise<readonly Blob[]> {
  const blobs: Blob[] = [];
  for await (const blob of selectedBlobs(evaluate, api, selection)) {
    blobs.push(blob);
    if (blobs.length === selection.maxFiles) break;
  }
  return blobs;
}

/** Accounts with folders, and tools for those without, keep a folder as a blob without content. */
function isFolderMark(element: Element): boolean {
  return (
    textAt(element, "Properties", "ResourceType") === "directory" ||
    textAt(element, "Metadata", "hdi_isfolder")?.toLowerCase() === "true"
  );
}

function listed(api: BlobApi, containerName: string, element: Element): Blob {
  const written = childAt(element, "Name");
  // A name that XML can't write comes encoded.
  const isEncoded = written !== undefined && /Encoded\s*=\s*["']true/i.test(written.attributes);
  const name = isEncoded ? decodeURIComponent(written.text) : (written?.text ?? "");
  const lastModified = textAt(element, "Properties", "Last-Modified");
  return {
    uri: addressOf(api, { container: containerName, name }),
    container: containerName,
    name,
    size: Number(textAt(element, "Properties", "Content-Length") ?? 0),
    lastModified: lastModified === undefined ? undefined : new Date(lastModified).toISOString(),
    eTag: textAt(element, "Properties", "Etag"),
  };
}
