import { dynamic, type ExecutionFiles, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import { createHash } from "node:crypto";
import { addAbortSignal, Readable } from "node:stream";
import { z } from "zod";
import { type Blob, blobFrom, quoted } from "./blob.ts";
import { type BlobApi, type BlobPlace, lastPart, pathOf, shownPlace } from "./blob-api.ts";

export const checksumProperties = () => ({
  validateChecksum: dynamic(z.boolean())
    .optional()
    .describe("Whether what arrives must have the MD5 that Azure keeps. Default: false."),
  failOnMissingChecksum: dynamic(z.boolean())
    .optional()
    .describe(
      "Whether it is a failure that Azure keeps no MD5 of a blob that is to be validated. Default: false, with a warning.",
    ),
});

export const expectedChecksumProperties = () => ({
  expectedChecksum: text()
    .optional()
    .describe("Checksum that the content must have, in base64 or as hexadecimal digits."),
  checksumAlgorithm: dynamic(z.enum(["MD5", "SHA_256"]))
    .optional()
    .describe("Algorithm of `expectedChecksum`. Default: MD5."),
});

export interface Checks {
  readonly validateChecksum?: boolean | undefined;
  readonly failOnMissingChecksum?: boolean | undefined;
  readonly expectedChecksum?: string | undefined;
  readonly checksumAlgorithm?: "MD5" | "SHA_256" | undefined;
}

interface Context {
  readonly files: ExecutionFiles;
  readonly log: TaskLogger;
}

/**
 * Streams the content of a blob to the internal storage; answers it with the address there. With an eTag it must still have that content
 * (status 412 otherwise). Throws `AzureFailure`, and `TaskFailure` for a content with another checksum.
 */
export async function storeBlob(
  { files, log }: Context,
  api: BlobApi,
  place: BlobPlace & { readonly eTag?: string | undefined },
  checks: Checks = {},
): Promise<Blob> {
  const what = `Downloading ${shownPlace(place)}`;
  const headers: Record<string, string> = place.eTag === undefined ? {} : { "If-Match": quoted(place.eTag) };
  const answer = await api.open({ what, method: "GET", path: pathOf(place), headers });
  // A failure of the stream is thrown by whoever reads it; without a listener, one before that would end the process.
  const body = addAbortSignal(api.signal, answer.body).on("error", () => undefined);
  try {
    const expected = expectedOf(what, answer.header("content-md5"), checks, log, answer.header("content-encoding"));
    let size = 0;
    const content = Readable.from(
      checked(what, body, expected, (bytes) => {
        size = bytes;
      }),
      { objectMode: false },
    );
    const uri = await files.put(lastPart(place.name), content);
    return { ...blobFrom(api, place, answer, size), uri };
  } finally {
    body.destroy();
  }
}

interface Expected {
  readonly algorithm: "md5" | "sha256";
  readonly digest: Buffer;
}

function expectedOf(
  what: string,
  kept: string | undefined,
  checks: Checks,
  log: TaskLogger,
  encoding: string | undefined,
): readonly Expected[] {
  const {
    validateChecksum = false,
    failOnMissingChecksum = false,
    expectedChecksum,
    checksumAlgorithm = "MD5",
  } = checks;
  const expected: Expected[] = [];
  if (expectedChecksum !== undefined)
    expected.push({ algorithm: checksumAlgorithm === "MD5" ? "md5" : "sha256", digest: digestOf(expectedChecksum) });
  if (!validateChecksum) return expected;
  // Such content arrives unpacked, and the checksum is that of the packed one.
  if (kept !== undefined && encoding === undefined) return [...expected, { algorithm: "md5", digest: digestOf(kept) }];
  const reason =
    kept === undefined ? "Azure keeps no MD5 of it" : `it is stored with \`${encoding}\` and arrives unpacked`;
  if (failOnMissingChecksum) throw new TaskFailure(`${what} failed: ${reason}, and \`failOnMissingChecksum\` is set.`);
  log.warn(`${what} could not be validated: ${reason}.`);
  return expected;
}

function digestOf(written: string): Buffer {
  const digits = written.trim();
  return /^(?:[\da-f]{32}|[\da-f]{64})$/i.test(digits) ? Buffer.from(digits, "hex") : Buffer.from(digits, "base64");
}

/** Passes a content on, and throws in place of its end where it is another one. */
async function* checked(
  what: string,
  content: AsyncIterable<Uint8Array>,
  expected: readonly Expected[],
  ended: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const hashes = expected.map(({ algorithm }) => createHash(algorithm));
  let bytes = 0;
  for await (const piece of content) {
    for (const hash of hashes) hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  for (const [index, { algorithm, digest }] of expected.entries()) {
    const found = hashes[index]!.digest();
    if (!found.equals(digest))
      throw new TaskFailure(
        `${what} failed: the ${algorithm.toUpperCase()} of the content is ${found.toString("base64")}, and should be ${digest.toString("base64")}. It was damaged on its way, or is another content.`,
      );
  }
  ended(bytes);
}
