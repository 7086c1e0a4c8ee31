import type { FastifyRequest } from "fastify";
import type { Hash } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type { Fingerprint } from "../idempotency/fingerprint.ts";
import { Refusal } from "../refusal.ts";

/** Stores one uploaded file; answers its URI. */
export type StoreFile = (inputId: string, fileName: string, content: Readable) => Promise<string>;

/** Clients put labels into the form besides the query; those of the query count. */
const LABELS = "labels";

/** The comment of a reviewer, in the form of the inputs that a review asks for. */
export const REVIEW_COMMENT = "kestra_review_comment";

/**
 * The inputs in a form: a text part by its name; a file by its filename, which is how clients name the input, or by
 * the name of its part. Values are texts and URIs of stored files. No body means no inputs. Throws 422 for a body that
 * is no form or is cut off and for an input that is there twice, 413 for one beyond the limits.
 */
export async function readFormInputs(
  request: FastifyRequest,
  declared: ReadonlySet<string>,
  store: StoreFile,
  fingerprint?: Fingerprint,
): Promise<Record<string, string>> {
  const inputs = new Map<string, string>();
  if (!request.isMultipart()) {
    if (typeof request.body === "string" && request.body !== "")
      throw new Refusal("multipart-required", "Send inputs as multipart/form-data, one part for each input");
    return {};
  }
  await readParts(
    request,
    async (part) => {
      const id = part.type === "field" ? part.name : inputOf(part, declared);
      if (id === LABELS && part.type === "field" && !declared.has(LABELS)) return;
      if (inputs.has(id))
        throw new Refusal("input-repeated", `The input "${id}" is there twice; send a list as one part of JSON`);
      inputs.set(id, part.type === "field" ? part.value : await storeUpload(id, part, store));
    },
    fingerprint,
  );
  return Object.fromEntries(inputs);
}

/**
 * Stores the one part of this name. Throws 422 when the form has none or two; what the first one replaced stays
 * replaced then.
 */
export async function readFormFile(
  request: FastifyRequest,
  name: string,
  store: (content: Readable, fileName: string) => Promise<unknown>,
  fingerprint?: Fingerprint,
): Promise<void> {
  let isStored = false;
  if (request.isMultipart())
    await readParts(
      request,
      async (part) => {
        if (part.name !== name) {
          if (part.type === "file") await carry(part, discard);
          return;
        }
        if (isStored) throw new Refusal("part-repeated", `The part "${name}" is there twice`);
        isStored = true;
        if (part.type === "file") await carry(part, (content) => store(content, part.fileName));
        else await store(Readable.from([Buffer.from(part.value)]), "");
      },
      fingerprint,
    );
  if (!isStored) throw new Refusal("multipart-required", `Send the file as the part "${name}" of multipart/form-data`);
}

/** Takes every file of a form, whatever its part is called. Throws 422 when there is none. */
export async function readFormFiles(
  request: FastifyRequest,
  take: (content: Readable, fileName: string) => Promise<unknown>,
): Promise<void> {
  let count = 0;
  await readParts(request, async (part) => {
    if (part.type === "field") return;
    count += 1;
    await carry(part, (content) => take(content, part.fileName));
  });
  if (count === 0) throw new Refusal("multipart-required", "Send at least one file in the form");
}

/** A file of a form, as it was stored. */
export interface StoredPart {
  readonly name: string;
  readonly filename: string;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  readonly uri: string;
}

/** All that a form has: its texts by name, and its files in their order. Throws as `readFormInputs` does. */
export async function readWholeForm(
  request: FastifyRequest,
  options: {
    readonly store: (index: number, fileName: string, content: Readable) => Promise<string>;
    /** Of all texts together. */
    readonly textBytesMax: number;
    readonly fingerprint?: Fingerprint | undefined;
  },
): Promise<{ readonly fields: Record<string, readonly string[]>; readonly files: readonly StoredPart[] }> {
  const fields = new Map<string, string[]>();
  const files: StoredPart[] = [];
  let textBytes = 0;
  await readParts(
    request,
    async (part) => {
      if (part.type === "field") {
        textBytes += Buffer.byteLength(part.value);
        if (textBytes > options.textBytesMax)
          throw new Refusal("body-too-large", "The texts of the form are larger than this route takes");
        fields.set(part.name, [...(fields.get(part.name) ?? []), part.value]);
        return;
      }
      const { name, fileName: filename, mediaType: contentType } = part;
      let uri = "";
      const size = await carry(part, async (content) => {
        uri = await options.store(files.length, filename, content);
      });
      files.push({ name, filename, contentType, size, uri });
    },
    options.fingerprint,
  );
  return { fields: Object.fromEntries(fields), files };
}

/** Reads a form for what it is, and keeps nothing of it. Throws as the reader that took it first would for one that is cut off. */
export function readFormFully(request: FastifyRequest, fingerprint: Fingerprint): Promise<void> {
  return readParts(
    request,
    async (part) => {
      if (part.type === "file") await carry(part, discard);
    },
    fingerprint,
  );
}

async function discard(content: Readable): Promise<void> {
  content.resume();
  await finished(content);
}

type Part = { readonly type: "field"; readonly name: string; readonly value: string } | FilePart;
interface FilePart {
  readonly type: "file";
  readonly name: string;
  /** Empty when the client sent none. */
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Readable & { truncated?: boolean };
  /** Takes the bytes as they pass. */
  readonly hash: Hash | undefined;
}

async function readParts(
  request: FastifyRequest,
  take: (part: Part) => Promise<void>,
  fingerprint?: Fingerprint,
): Promise<void> {
  try {
    for await (const part of request.parts()) {
      if (part.type === "file") {
        const fileName: string | undefined = part.filename;
        const hash = fingerprint?.part(part.fieldname, fileName ?? "");
        const { fieldname: name, mimetype: mediaType, file: content } = part;
        await take({ type: "file", name, fileName: fileName ?? "", mediaType, content, hash });
      } else if (part.valueTruncated || part.fieldnameTruncated)
        throw new Refusal("body-too-large", `The part "${part.fieldname}" is larger than the server takes`);
      else {
        const value = textOf(part.value);
        fingerprint?.part(part.fieldname, undefined).update(value);
        await take({ type: "field", name: part.fieldname, value });
      }
    }
  } catch (error) {
    // The parser of forms reports a body that is cut off or has no boundary as a plain error.
    if (error instanceof Error && FORM_ERRORS.test(error.message))
      throw new Refusal("multipart-invalid", `The body is not a whole form: ${error.message}`);
    throw error;
  }
}

const FORM_ERRORS = /end of (?:form|multipart)|boundary|malformed|premature|terminated early/i;

/** The parser reads parts of JSON; an input is text until its type is known. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function inputOf({ name, fileName }: FilePart, declared: ReadonlySet<string>): string {
  if (declared.has(fileName)) return fileName;
  if (declared.has(name)) return name;
  return name === "files" && fileName !== "" ? fileName : name;
}

async function storeUpload(id: string, part: FilePart, store: StoreFile): Promise<string> {
  let uri = "";
  const bytes = await carry(part, async (content) => {
    uri = await store(id, part.fileName, content);
  });
  if (bytes === 0) throw new Refusal("file-empty", `The file of the input "${id}" is empty`);
  return uri;
}

/**
 * Passes an upload on and counts its bytes. What comes out is whole: a file that is cut off or too large ends in an
 * error before its end is seen, so that nothing of it is kept and what it would have replaced stays.
 */
async function carry(part: FilePart, store: (content: Readable) => Promise<unknown>): Promise<number> {
  let bytes = 0;
  const checked = new PassThrough({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      part.hash?.update(chunk);
      done(null, chunk);
    },
    flush: (done) => (part.content.truncated === true ? done(tooLarge(part.name)) : done()),
  });
  const [stored, piped] = await Promise.allSettled([store(checked), pipeline(part.content, checked)]);
  if (part.content.truncated === true) throw tooLarge(part.name);
  // What broke the upload is said before what storing made of it.
  if (piped.status === "rejected" && stored.status === "rejected" && isStreamEnd(stored.reason)) throw piped.reason;
  if (stored.status === "rejected") throw stored.reason;
  if (piped.status === "rejected") throw piped.reason;
  return bytes;
}

function isStreamEnd(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
}

function tooLarge(name: string): Refusal {
  return new Refusal("body-too-large", `The file "${name}" is larger than the server takes`);
}
