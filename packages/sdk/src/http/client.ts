import { type ClientRequest, Agent as PlainAgent, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { TaskFailure } from "../definition.ts";
import { shown } from "./address.ts";
import { digestAuthorization } from "./digest.ts";
import type { ExchangeOptions } from "./options.ts";
import type { RequestBody } from "./body.ts";

const REDIRECTS_MAX = 20;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: RequestBody | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names as the server wrote them. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Where the last redirect led. */
  readonly url: URL;
  /** Decompressed. Must be read to its end or destroyed. */
  readonly body: Readable;
  /** Bytes announced, when the body is not compressed. */
  readonly contentLength: number | undefined;
  /** The first value of a header; the name in any case. */
  header(name: string): string | undefined;
}

/** Sends a request and answers once the headers of the last response are there. Rejects with `TaskFailure` when nobody answers. */
export async function send(request: HttpRequest, options: ExchangeOptions, signal: AbortSignal): Promise<HttpResponse> {
  let current = withCredentials(request, options);
  let hasAnsweredChallenge = false;
  for (let redirects = 0; redirects <= REDIRECTS_MAX;) {
    const message = await exchange(current, options, signal);
    const status = message.statusCode ?? 0;
    const challenge = message.headers["www-authenticate"];
    if (status === 401 && options.auth?.type === "DIGEST" && challenge !== undefined && !hasAnsweredChallenge) {
      const path = current.url.pathname + current.url.search;
      const authorization = digestAuthorization(challenge, { ...options.auth, method: current.method, path });
      if (authorization !== undefined) {
        message.resume();
        hasAnsweredChallenge = true;
        current = authorized(current, authorization);
        continue;
      }
    }
    const { location } = message.headers;
    if (!options.followsRedirects || !REDIRECT_STATUSES.has(status) || location === undefined)
      return responseOf(message, current.url);
    message.resume();
    current = redirected(current, status, location);
    hasAnsweredChallenge = false;
    redirects += 1;
  }
  throw new TaskFailure(`${request.url.href} led to more than ${REDIRECTS_MAX} redirects.`);
}

function withCredentials(request: HttpRequest, { auth }: ExchangeOptions): HttpRequest {
  if (auth === undefined || auth.type === "DIGEST") return request;
  const credentials =
    auth.type === "BEARER"
      ? `Bearer ${auth.token}`
      : `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
  return authorized(request, credentials);
}

function authorized(request: HttpRequest, credentials: string): HttpRequest {
  return { ...request, headers: { ...without(request.headers, ["authorization"]), Authorization: credentials } };
}

/** The request that follows a redirect: credentials stay with their server, and a form is not posted twice. */
function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  if (!URL.canParse(location, request.url.href))
    throw new TaskFailure(`The server redirected to "${location}", which is no address.`);
  const url = new URL(location, request.url);
  const becomesGet = status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  const secret = url.origin === request.url.origin ? [] : Object.keys(request.headers).filter(isSecret);
  const names = becomesGet ? [...secret, "content-type", "content-length"] : secret;
  const headers = without(
    request.headers,
    names.map((name) => name.toLowerCase()),
  );
  return becomesGet ? { ...request, url, headers, method: "GET", body: undefined } : { ...request, url, headers };
}

/** Whether a header is for one server alone: its own names for that, and those of keys such as `X-Api-Key` or `PRIVATE-TOKEN`. */
function isSecret(name: string): boolean {
  return /^cookie$|auth|token|secret|passw|session|(?<!^idempotency-)key$|credential/i.test(name);
}

function without(headers: HttpRequest["headers"], names: readonly string[]): HttpRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}

function exchange(request: HttpRequest, options: ExchangeOptions, signal: AbortSignal): Promise<IncomingMessage> {
  // Node destroys such a request before its body could be piped into it.
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = open(request, options, signal);
  limitWaiting(outgoing, options);
  outgoing.once("response", resolve);
  outgoing.on("error", (error: NodeJS.ErrnoException) => {
    const failure = `${request.method} ${shown(request.url)} failed: ${reasonOf(error)}`;
    reject(signal.aborted ? (signal.reason as Error) : new TaskFailure(failure, { cause: error }));
  });
  if (request.body === undefined) outgoing.end();
  // An error of either side is reported by the request's own listener.
  else pipeline(request.body.open(), outgoing, (error) => void (error == null ? undefined : outgoing.destroy(error)));
  return promise;
}

function open(
  { method, url, headers, body }: HttpRequest,
  options: ExchangeOptions,
  signal: AbortSignal,
): ClientRequest {
  if (options.proxyUrl?.startsWith("socks:") === true)
    throw new TaskFailure("SOCKS proxies are not supported. Set `options.proxy.type` to HTTP.");
  const proxyEnv =
    options.proxyUrl === undefined ? {} : { HTTP_PROXY: options.proxyUrl, HTTPS_PROXY: options.proxyUrl };
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const all: Record<string, string | string[] | number> = {};
  if (!given.has("user-agent")) all["User-Agent"] = "Capstan";
  if (!given.has("accept")) all["Accept"] = "*/*";
  if (!given.has("accept-encoding")) all["Accept-Encoding"] = "gzip, deflate, br";
  if (body?.contentType !== undefined && !given.has("content-type")) all["Content-Type"] = body.contentType;
  if (body?.contentLength !== undefined) all["Content-Length"] = body.contentLength;
  for (const [name, value] of Object.entries(headers)) all[name] = typeof value === "string" ? value : [...value];
  const lookup = options.admit?.(url.hostname.replace(/^\[(.*)\]$/, "$1"), Number(url.port || PORTS[url.protocol]));
  const settings = { method, headers: all, signal, ...(lookup !== undefined && { lookup }) };
  if (url.protocol === "http:") return plainRequest(url, { ...settings, agent: new PlainAgent({ proxyEnv }) });
  const rejectUnauthorized = !options.trustsAllCertificates;
  return secureRequest(url, { ...settings, agent: new SecureAgent({ proxyEnv, rejectUnauthorized }) });
}

const PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

const LIMIT_NAMES = { connect: "options.timeout.connectTimeout", readIdle: "options.timeout.readIdleTimeout" };

function limitWaiting(outgoing: ClientRequest, options: ExchangeOptions): void {
  const { connectTimeoutMs, readIdleTimeoutMs, limitNames = LIMIT_NAMES } = options;
  const connecting = setTimeout(() => {
    outgoing.destroy(new Error(`no connection within ${connectTimeoutMs} ms (\`${limitNames.connect}\`)`));
  }, connectTimeoutMs);
  const connected = () => clearTimeout(connecting);
  outgoing.once("close", connected);
  outgoing.once("error", connected);
  outgoing.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", connected);
    else connected();
  });
  outgoing.setTimeout(readIdleTimeoutMs, () => {
    outgoing.destroy(new Error(`the server was silent for ${readIdleTimeoutMs} ms (\`${limitNames.readIdle}\`)`));
  });
}

function responseOf(message: IncomingMessage, url: URL): HttpResponse {
  const headers: Record<string, string[]> = {};
  for (const [index, name] of message.rawHeaders.entries())
    if (index % 2 === 0) (headers[name] ??= []).push(message.rawHeaders[index + 1] ?? "");
  const encoding = message.headers["content-encoding"]?.trim().toLowerCase();
  const body = decompressed(message, encoding);
  const length = message.headers["content-length"];
  return {
    status: message.statusCode ?? 0,
    headers,
    url,
    body,
    contentLength: body === message && length !== undefined ? Number(length) : undefined,
    header(name) {
      const value = message.headers[name.toLowerCase()];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

function decompressed(message: IncomingMessage, encoding: string | undefined): Readable {
  const decoder =
    encoding === "gzip" || encoding === "x-gzip"
      ? createGunzip()
      : encoding === "deflate"
        ? createInflate()
        : encoding === "br"
          ? createBrotliDecompress()
          : undefined;
  if (decoder === undefined || message.statusCode === 204 || message.statusCode === 304) return message;
  // The reader of the decoder sees the error.
  return pipeline(message, decoder, () => undefined);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host is not known. Check its name and the DNS of the worker",
  EAI_AGAIN: "the host's name could not be looked up. Check the DNS of the worker",
  ECONNREFUSED: "the connection was refused. Check host and port, and that the server runs",
  ECONNRESET: "the server closed the connection before it had answered",
};

function reasonOf(error: NodeJS.ErrnoException): string {
  const reason = error.code === undefined ? undefined : REASONS[error.code];
  if (reason !== undefined) return `${reason}.`;
  const message = error instanceof AggregateError ? String(error.errors[0]) : error.message;
  const isCertificate = /certificate|CERT_|SELF_SIGNED/i.test(`${error.code ?? ""} ${message}`);
  return isCertificate
    ? `${message}. Let the worker trust the certificate's issuer (NODE_EXTRA_CA_CERTS).`
    : `${message}.`;
}
