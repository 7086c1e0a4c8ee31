import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, isFileAddress, placeInside, type TaskContext, TaskFailure } from "@capstan/sdk";
import { addressOf, exchangeOptions, failedStatus, send, shown } from "@capstan/sdk/http";
import type { Segment } from "../embeddings/embedding-store.ts";
import { documentText } from "./document-text.ts";

/** Bytes of one document, which is in memory as a whole. */
export const DOCUMENT_BYTES_MAX = 33_554_432;

export interface DocumentPlaces {
  readonly fromPath?: string | undefined;
  readonly fromInternalURIs?: readonly string[] | undefined;
  readonly fromExternalURLs?: readonly string[] | undefined;
  readonly fromDocuments?:
    | readonly { readonly content: string; readonly metadata?: Readonly<Record<string, unknown>> | undefined }[]
    | undefined;
}

/** Reads documents one after the other, as texts. Throws `TaskFailure` for one that is missing, too large, or no text. */
export async function* readDocuments(
  context: TaskContext<unknown>,
  { fromPath, fromInternalURIs = [], fromExternalURLs = [], fromDocuments = [] }: DocumentPlaces,
): AsyncGenerator<Segment> {
  if (fromPath !== undefined) yield* filesOf(context, fromPath);
  for (const uri of fromInternalURIs) yield await storedDocument(context, uri);
  for (const url of fromExternalURLs) yield await webDocument(context, url);
  for (const { content, metadata = {} } of fromDocuments) yield { text: content, metadata };
}

async function* filesOf({ workingDirectory }: TaskContext<unknown>, path: string): AsyncGenerator<Segment> {
  const folder = await workingDirectory();
  const place = /^\.?\/?$/.test(path) ? folder : placeInside(folder, path);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined)
    throw new TaskFailure(
      `There is no "${path}" in the folder of the task. Put the task into a WorkingDirectory with it.`,
    );
  const files = found.isDirectory()
    ? (await filesBelow(place)).map((name) => [name, join(place, name)] as const)
    : [[path, place] as const];
  for (const [name, file] of files)
    yield {
      text: await documentText(name, await bytesOf(name, createReadStream(file))),
      metadata: { file_name: name },
    };
}

async function storedDocument({ files }: TaskContext<unknown>, uri: string): Promise<Segment> {
  if (!isFileAddress(uri))
    throw new TaskFailure(`"${uri}" is no address of a stored file. Others go into \`fromExternalURLs\`.`);
  const address = uri.trim();
  return {
    text: await documentText(address, await bytesOf(address, await files.read(address))),
    metadata: { uri: address, file_name: address.split("/").at(-1) ?? "" },
  };
}

async function webDocument({ signal }: TaskContext<unknown>, written: string): Promise<Segment> {
  const url = addressOf(written);
  const request = { method: "GET", url, headers: { Accept: "text/*, application/pdf, */*;q=0.5" }, body: undefined };
  const response = await send(request, exchangeOptions({}), signal);
  if (response.status >= 400) throw await failedStatus("The download of a document", response);
  const bytes = await bytesOf(shown(url), response.body);
  return {
    text: await documentText(shown(url), bytes, response.header("content-type")),
    // A query may hold a key, and the metadata is shown to models.
    metadata: { url: shown(url) },
  };
}

async function bytesOf(name: string, content: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.length;
    if (bytes > DOCUMENT_BYTES_MAX)
      throw new TaskFailure(`${name} has more than ${DOCUMENT_BYTES_MAX} bytes. Cut it into documents.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
