import { type ExecutionFiles, isFileAddress } from "@capstan/sdk";
import { type RequestBody, textBody } from "@capstan/sdk/http";
import { createReadStream, createWriteStream, openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ScratchFolder } from "../storage/scratch-folder.ts";

export interface BodyProperties {
  readonly body?: string | undefined;
  readonly formData?: Readonly<Record<string, unknown>> | undefined;
  readonly contentType?: string | undefined;
}

/** The body that the properties describe, or undefined when there is none. */
export async function requestBody(
  { body, formData, contentType }: BodyProperties,
  files: ExecutionFiles,
  scratch: ScratchFolder,
): Promise<RequestBody | undefined> {
  if (formData !== undefined && /^multipart\/form-data\b/i.test(contentType ?? ""))
    return multipart(formData, files, scratch);
  if (formData !== undefined) {
    const fields = Object.entries(formData).map(([name, value]) => [name, fieldText(value)]);
    return textBody(new URLSearchParams(fields).toString(), "application/x-www-form-urlencoded");
  }
  return body === undefined ? undefined : textBody(body, contentType ?? "application/json");
}

async function multipart(
  formData: Readonly<Record<string, unknown>>,
  files: ExecutionFiles,
  scratch: ScratchFolder,
): Promise<RequestBody> {
  const form = new FormData();
  let index = 0;
  for (const [name, value] of Object.entries(formData)) {
    index += 1;
    const { content, filename } = formPart(value);
    if (isFileAddress(content)) {
      const path = join(await scratch.path(), `part-${index}`);
      await pipeline(await files.read(content.trim()), createWriteStream(path));
      form.append(name, await openAsBlob(path), filename ?? basename(content.trim()));
    } else if (filename === undefined) form.append(name, content);
    else form.append(name, new Blob([content]), filename);
  }
  const encoded = new Response(form);
  const contentType = encoded.headers.get("content-type") ?? "multipart/form-data";
  // The boundary is fixed by the encoding, so it is made once; files may be large, so not in memory.
  const path = join(await scratch.path(), "form");
  await pipeline(Readable.fromWeb(encoded.body!), createWriteStream(path));
  return { contentType, contentLength: (await stat(path)).size, text: undefined, open: () => createReadStream(path) };
}

/** A part is a text, or `{name, content}` where `name` is the file name that the server sees. */
function formPart(value: unknown): { readonly content: string; readonly filename: string | undefined } {
  if (typeof value !== "object" || value === null || !("content" in value))
    return { content: fieldText(value), filename: undefined };
  const filename = "name" in value ? fieldText(value.name) : undefined;
  return { content: fieldText(value.content), filename };
}

function fieldText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
