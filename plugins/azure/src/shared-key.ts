import { createHmac } from "node:crypto";

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** All that are sent, but for `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body; 0 without one. */
  readonly contentLength: number;
}

/** Standard headers in the order that a signature has them, between the method and those of Azure. */
const STANDARD = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

/** The `Authorization` header of a request to a storage account, by "Shared Key" of Azure's reference. */
export function sharedKeyAuthorization(account: string, key: Buffer, request: SignedRequest): string {
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
  // Nothing is signed as nothing, and not as 0.
  headers.set("content-length", request.contentLength === 0 ? "" : String(request.contentLength));
  const own = [...headers].filter(([name]) => name.startsWith("x-ms-")).toSorted(byName);
  const lines = [
    request.method,
    ...STANDARD.map((name) => headers.get(name) ?? ""),
    ...own.map(([name, value]) => `${name}:${value}`),
    resourceOf(account, request.url),
  ];
  return `SharedKey ${account}:${signature(key, lines.join("\n"))}`;
}

/** HMAC of a text by a key of an account, in base64. */
export function signature(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text, "utf8").digest("base64");
}

function resourceOf(account: string, { pathname, searchParams }: URL): string {
  const parameters = [...searchParams].map(([name, value]) => [name.toLowerCase(), value] as const).toSorted(byName);
  return [`/${account}${pathname}`, ...parameters.map(([name, value]) => `${name}:${value}`)].join("\n");
}

/** By code points: the order of a language is another one. */
function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
