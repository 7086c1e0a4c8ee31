import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { API_ANSWER_BYTES_MAX, exchangeOptions, type HttpResponse, type RequestBody, send } from "@capstan/sdk/http";
import { azureFailure } from "../azure-failure.ts";
import { type Connection, connectionOf, type ConnectionProperties } from "../connection.ts";
import { tokenSource } from "../entra-token.ts";
import { sharedKeyAuthorization } from "../shared-key.ts";

/** Version of the service that requests are made for. */
const SERVICE_VERSION = "2021-12-02";
/** Where the services of Azure are, in all of its clouds. */
const AZURE = /\.(?:core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|storage\.azure\.net)$/;

export interface BlobPlace {
  readonly container: string;
  readonly name: string;
}

export interface BlobCall {
  /** What is done, for a message such as `Reading container/name failed: …`. */
  readonly what: string;
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** Below the address of the account; see `pathOf`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: RequestBody;
}

/** The blobs of one storage account, asked by one who may. */
export interface BlobApi {
  readonly signal: AbortSignal;
  readonly connection: Connection;
  /** The answer, whose body must be read or destroyed. Throws `AzureFailure` for a status from 400 on. */
  open(call: BlobCall): Promise<HttpResponse>;
  /** As `open`, for answers whose headers say it all. */
  done(call: BlobCall): Promise<HttpResponse>;
  /** As `open`, for answers that are text. Throws `TaskFailure` for more than the SDK keeps of an answer. */
  text(call: BlobCall): Promise<string>;
}

type Context = Pick<TaskContext<unknown>, "signal" | "now"> & Partial<Pick<TaskContext<unknown>, "mask">>;

/** Throws `TaskFailure` where it is not clear where the account is. */
export function openBlobs(context: Context, properties: ConnectionProperties): BlobApi {
  const { signal, now, mask = () => undefined } = context;
  const connection = connectionOf(properties);
  const { endpoint, credential } = connection;
  const tokens = credential.kind === "token" ? tokenSource(credential, { signal, now, mask }) : undefined;
  const isWritten = credential.kind === "token" && credential.clientSecret !== undefined;
  if (tokens !== undefined && !isWritten && !isAzure(endpoint))
    throw new TaskFailure(
      "`endpoint` is none of Azure: what the worker finds by itself is not sent there. Set `connectionString`, a key or a signature.",
    );
  const options = exchangeOptions({});

  const open = async (call: BlobCall): Promise<HttpResponse> => {
    const { method, content } = call;
    const url = new URL(`${endpoint}${call.path}`);
    for (const [name, value] of Object.entries(call.params ?? {})) url.searchParams.append(name, value);
    const headers: Record<string, string> = {
      "x-ms-version": SERVICE_VERSION,
      "x-ms-date": new Date(now()).toUTCString(),
      ...(content?.contentType !== undefined && { "Content-Type": content.contentType }),
      ...call.headers,
    };
    if (credential.kind === "key") {
      const request = { method, url, headers, contentLength: content?.contentLength ?? 0 };
      headers["Authorization"] = sharedKeyAuthorization(credential.account, credential.key, request);
    } else if (credential.kind === "signature") {
      for (const [name, value] of credential.parameters) url.searchParams.append(name, value);
    } else headers["Authorization"] = `Bearer ${await tokens!()}`;
    const response = await send({ method, url, headers, body: content }, options, signal);
    if (response.status >= 400) throw await azureFailure(call.what, response);
    return response;
  };
  return {
    signal,
    connection,
    open,
    done: async (call) => {
      const response = await open(call);
      response.body.resume();
      return response;
    },
    text: async (call) => textOf(call.what, await open(call)),
  };
}

function isAzure(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "https:" && AZURE.test(hostname);
}

/** The path of a blob, or of a container without a name. Throws `TaskFailure` for names that an address can't hold. */
export function pathOf({ container, name }: { readonly container: string; readonly name?: string }): string {
  if (!/^(?:\$root|\$web|\$logs|[a-z0-9](?:-?[a-z0-9])*)$/.test(container))
    throw new TaskFailure(
      `"${container}" is no name of a container: use 3 to 63 lower-case letters, digits and dashes.`,
    );
  if (name === undefined) return `/${container}`;
  // Azure has no such blobs, and in an address they would name something else.
  if (name === "" || name.split("/").some((part) => part === "." || part === ".."))
    throw new TaskFailure(`"${name}" is no name of a blob: it must not be empty, nor have "." or ".." as a part.`);
  return `/${container}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

export function shownPlace({ container, name }: BlobPlace): string {
  return `${container}/${name}`;
}

/** The last part of a name; of a placeholder for a folder, with its slash. */
export function lastPart(name: string): string {
  return /[^/]*\/?$/.exec(name)![0];
}

async function textOf(what: string, { body }: HttpResponse): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > API_ANSWER_BYTES_MAX)
      throw new TaskFailure(`${what} was answered with more than ${API_ANSWER_BYTES_MAX} bytes. Ask for less at once.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
