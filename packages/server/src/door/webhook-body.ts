import { Readable } from "node:stream";
import type { FetchType, ReadBody, WebhookBody } from "@capstan/runtime";
import type { FastifyRequest } from "fastify";
import type { Fingerprint } from "../idempotency/fingerprint.ts";
import { Refusal } from "../refusal.ts";
import { readFormFully, readWholeForm } from "../requests/form.ts";
import { executionFolder, safeFileName } from "../requests/storage-paths.ts";
import type { Service } from "../service.ts";

/** What a call carries: bytes that have been read, bytes as they come, or a form. */
export type CallBody =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | StreamedBody
  | { readonly kind: "form"; readonly request: FastifyRequest };

interface StreamedBody {
  readonly kind: "stream";
  readonly content: Readable;
  readonly lengthDeclared: number | undefined;
}

interface BodyOf {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly body: CallBody;
  readonly mediaType: string | undefined;
  /** Takes all that passes by. */
  readonly fingerprint?: Fingerprint | undefined;
}

/** Is given the bytes of a body as they pass by. */
type Watch = (bytes: Uint8Array) => void;

/** The body of one call, which is read once, for one of two reasons. */
export interface WebhookBodyReader {
  /** For the trigger. What it stores is below the id that the execution will have. */
  readonly read: WebhookBody;
  /** For the fingerprint alone. */
  readonly pass: () => Promise<void>;
  /** Removes what was stored, unless the execution is there. */
  readonly discard: () => Promise<void>;
}

export function createBodyReader(service: Service, call: BodyOf): WebhookBodyReader {
  const { tenant, namespace, flowId, body, mediaType, fingerprint } = call;
  const { runtime, limits } = service;
  let executionId: string | undefined;
  const put = (path: string, content: Readable | Buffer): Promise<string> => {
    executionId ??= runtime.executions.newId();
    const folder = executionFolder({ namespace, flowId, id: executionId });
    return runtime.storage.put(tenant, `${folder}/webhook/${path}`, content);
  };
  const form = async (request: FastifyRequest): Promise<ReadBody> => {
    const { fields, files } = await readWholeForm(request, {
      store: (index, fileName, content) => put(`parts/${index}/${safeFileName(fileName)}`, content),
      textBytesMax: limits.webhookBodyBytesMax,
      fingerprint,
    });
    return { parts: files, formFields: fields };
  };
  const stream = async (streamed: StreamedBody, fetchType: FetchType, watch: Watch): Promise<ReadBody> => {
    const { webhookBodyBytesMax, uploadBytesMax } = limits;
    switch (fetchType) {
      case "FETCH":
        return { body: textOf(await wholeOf(watched(streamed, webhookBodyBytesMax, watch)), mediaType) };
      case "STORE":
        return { uri: await put("body", Readable.from(watched(streamed, uploadBytesMax, watch))) };
      case "NONE":
        await passBy(watched(streamed, uploadBytesMax, watch));
        return {};
      default:
        return fetchType satisfies never;
    }
  };
  const read = async (fetchType: FetchType, signed: Watch | undefined): Promise<ReadBody> => {
    const watch: Watch = (bytes) => {
      fingerprint?.bytes(bytes);
      signed?.(bytes);
    };
    if (body.kind === "form") {
      if (signed !== undefined)
        throw new Refusal("webhook-signature", "a form can't be signed: send the body as it is");
      return form(body.request);
    }
    if (body.kind === "stream") return stream(body, fetchType, watch);
    watch(body.bytes);
    if (fetchType === "STORE") return { uri: await put("body", body.bytes) };
    return fetchType === "FETCH" ? { body: textOf(body.bytes, mediaType) } : {};
  };
  return {
    read: async (fetchType, signed) => {
      const content = await read(fetchType, signed);
      return executionId === undefined ? content : { ...content, executionId };
    },
    pass: async () => {
      if (body.kind === "form") await readFormFully(body.request, fingerprint!);
      else if (body.kind === "bytes") fingerprint?.bytes(body.bytes);
      else await passBy(watched(body, limits.uploadBytesMax, (bytes) => fingerprint?.bytes(bytes)));
    },
    discard: async () => {
      if (executionId === undefined || (await runtime.executions.get(tenant, executionId)) !== undefined) return;
      await runtime.storage.delete(tenant, executionFolder({ namespace, flowId, id: executionId }));
    },
  };
}

/** The bytes of a body, within a limit. Throws 413 beyond it, at once where the caller has said how many there will be. */
async function* watched(
  { content, lengthDeclared = 0 }: StreamedBody,
  bytesMax: number,
  watch: Watch,
): AsyncGenerator<Buffer> {
  if (lengthDeclared > bytesMax) throw tooLarge();
  let bytes = 0;
  // An answer can still be sent over the connection of a body that is not read to its end.
  for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    watch(chunk);
    yield chunk;
  }
}

async function passBy(content: AsyncIterable<Buffer>): Promise<void> {
  for await (const _chunk of content);
}

async function wholeOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function tooLarge(): Refusal {
  return new Refusal("body-too-large", "The body is larger than this route takes");
}

const MEDIA_TYPE = /^[a-z]+\/[\w.+-]+/i;
const TEXT_TYPE = /^text\/|json|xml|x-www-form-urlencoded|yaml|csv|javascript|charset=/i;

/** Texts as they are, other bytes as base64: variables are text. What says no media type is text. */
function textOf(bytes: Buffer, mediaType = ""): string {
  const isText = !MEDIA_TYPE.test(mediaType) || TEXT_TYPE.test(mediaType);
  return bytes.toString(isText ? "utf8" : "base64");
}
