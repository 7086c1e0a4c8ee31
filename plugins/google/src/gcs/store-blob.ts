import { type ExecutionFiles, TaskFailure, type TaskLogger } from "@capstan/sdk";
import { addAbortSignal, Readable } from "node:stream";
import type { GoogleApi } from "../google-api.ts";
import type { Blob } from "./blob.ts";
import { type Checksums, summed } from "./checksums.ts";
import { lastPart, objectPath, shownPlace } from "./object-address.ts";

interface Context {
  readonly files: ExecutionFiles;
  readonly log: TaskLogger;
}

/**
 * Streams the content of an object, exactly the one that is named, to the internal storage; answers its address there. Throws `GoogleFailure`,
 * with status 404 where it was replaced or deleted in between, and `TaskFailure` for a content with another checksum.
 */
export async function storeBlob(
  { files, log }: Context,
  api: GoogleApi,
  blob: Blob,
  { validateChecksum = false }: { readonly validateChecksum?: boolean } = {},
): Promise<string> {
  const what = `Downloading ${shownPlace(blob)}`;
  const params = { alt: "media", ...(blob.generation !== undefined && { generation: blob.generation }) };
  const answer = await api.open({ what, path: objectPath(blob), params, headers: { Accept: "*/*" } });
  // A failure of the stream is thrown by whoever reads it; without a listener, one before that would end the process.
  const body = addAbortSignal(api.signal, answer.body).on("error", () => undefined);
  if (!validateChecksum) return files.put(lastPart(blob.name), body);
  // Such content arrives unpacked, and the checksum is that of the packed one.
  if (blob.contentEncoding === "gzip") {
    log.warn(`${shownPlace(blob)} is stored with \`gzip\` and arrives unpacked: its checksum could not be validated.`);
    return files.put(lastPart(blob.name), body);
  }
  let found: Checksums | undefined;
  const content = Readable.from(
    summed(body, (checksums) => {
      found = checksums;
      checkContent(what, blob, checksums);
    }),
    { objectMode: false },
  );
  const uri = await files.put(lastPart(blob.name), content);
  if (found === undefined) throw new TaskFailure(`${what} failed: its content ended too early.`);
  return uri;
}

/** Composed objects have no MD5, but all have a CRC32C. Throws `TaskFailure`. */
export function checkContent(
  what: string,
  expected: Readonly<Partial<Record<keyof Checksums, string | undefined>>>,
  found: Checksums,
): void {
  for (const kind of ["md5", "crc32c"] as const) {
    if (expected[kind] === undefined || expected[kind] === found[kind]) continue;
    throw new TaskFailure(
      `${what} failed: the ${kind.toUpperCase()} of the content is ${found[kind]}, and should be ${expected[kind]}. It was damaged on its way, or is another content.`,
    );
  }
}
