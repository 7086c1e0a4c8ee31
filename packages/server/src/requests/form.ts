import type { FastifyRequest } from "fastify";
import { pipeline } from "node:stream/promises";
import { PassThrough, type Readable } from "node:stream";
import { Refusal } from "../refusal.ts";

/** Stores one uploaded file; answers its URI. */
export type StoreFile = (inputId: string, fileName: string, content: Readable) => Promise<string>;

/**
 * The inputs in a form: a text part by its name; a file by its filename, which is how clients name the input, or by
 * the name of its part. Values are texts and URIs of stored files. No body means no inputs. Throws 422 for a body that is no form or is cut
 * off, 413 for one beyond the limits.
 */
export async function readFormInputs(
  request: FastifyRequest,
  declared: ReadonlySet<string>,
  store: StoreFile,
): Promise<Record<string, string>> {
  const inputs = new Map<string, string>();
  if (!request.isMultipart()) {
    if (typeof request.body === "string" && request.body !== "")
      throw new Refusal("multipart-required", 422, "Send inputs as multipart/form-data, one part for each input");
    return {};
  }
  await readParts(request, async (part) => {
    if (part.type === "field") inputs.set(part.name, part.value);
    else {
      const id = inputOf(part, declared);
      inputs.set(id, await storeUpload(id, part, store));
    }
  });
  return Object.fromEntries(inputs);
}

/** Stores the one file part of this name. Throws 422 when the form has none. */
export async function readFormFile(
  request: FastifyRequest,
  name: string,
  store: (content: Readable) => Promise<unknown>,
): Promise<void> {
  let isStored = false;
  if (request.isMultipart())
    await readParts(request, async (part) => {
      if (part.type === "file" && part.name === name) {
        await carry(part, store);
        isStored = true;
      } else if (part.type === "file") part.content.resume();
      else if (part.name === name) {
        await store(PassThrough.from([part.value]));
        isStored = true;
      }
    });
  if (!isStored)
    throw new Refusal("multipart-required", 422, `Send the file as the part "${name}" of multipart/form-data`);
}

type Part = { readonly type: "field"; readonly name: string; readonly value: string } | FilePart;
interface FilePart {
  readonly type: "file";
  readonly name: string;
  readonly fileName: string;
  readonly content: Readable & { truncated?: boolean };
}

async function readParts(request: FastifyRequest, take: (part: Part) => Promise<void>): Promise<void> {
  try {
    for await (const part of request.parts()) {
      if (part.type === "file")
        await take({ type: "file", name: part.fieldname, fileName: part.filename, content: part.file });
      else if (part.valueTruncated || part.fieldnameTruncated)
        throw new Refusal("body-too-large", 413, `The part "${part.fieldname}" is larger than the server takes`);
      else await take({ type: "field", name: part.fieldname, value: String(part.value) });
    }
  } catch (error) {
    // The parser of forms reports a body that is cut off or has no boundary as a plain error.
    if (error instanceof Error && FORM_ERRORS.test(error.message))
      throw new Refusal("multipart-invalid", 422, `The body is not a form: ${error.message}`);
    throw error;
  }
}

const FORM_ERRORS = /end of (?:form|multipart)|boundary|malformed|premature/i;

function inputOf({ name, fileName }: FilePart, declared: ReadonlySet<string>): string {
  if (declared.has(fileName)) return fileName;
  if (declared.has(name)) return name;
  return name === "files" ? fileName : name;
}

async function storeUpload(id: string, part: FilePart, store: StoreFile): Promise<string> {
  let uri = "";
  const bytes = await carry(part, async (content) => {
    uri = await store(id, part.fileName, content);
  });
  if (bytes === 0) throw new Refusal("file-empty", 422, `The file of the input "${id}" is empty`);
  return uri;
}

/** Passes an upload on and counts its bytes; what comes out is whole, or this throws. */
async function carry(part: FilePart, store: (content: Readable) => Promise<unknown>): Promise<number> {
  let bytes = 0;
  const counted = new PassThrough();
  counted.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  counted.pause();
  const piped = pipeline(part.content, counted);
  await Promise.all([store(counted), piped]);
  if (part.content.truncated === true)
    throw new Refusal("body-too-large", 413, `The file "${part.name}" is larger than the server takes`);
  return bytes;
}
