import { createHash, randomBytes } from "node:crypto";

const ALGORITHMS: Readonly<Record<string, string>> = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" };

export interface DigestRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly username: string;
  readonly password: string;
}

/**
 * The `Authorization` header that answers a `WWW-Authenticate: Digest …` challenge (RFC 7616, quality `auth`). Undefined when the
 * challenge is of another kind or asks for something unknown.
 */
export function digestAuthorization(
  challenge: string,
  { method, path, username, password }: DigestRequest,
  clientNonce: string = randomBytes(12).toString("hex"),
): string | undefined {
  const fields = challengeFields(challenge);
  if (fields === undefined) return undefined;
  const { realm = "", nonce = "", opaque, qop, algorithm = "MD5" } = fields;
  const isSession = algorithm.toUpperCase().endsWith("-SESS");
  const name = ALGORITHMS[algorithm.toUpperCase().replace(/-SESS$/, "")];
  const hasQuality = qop?.split(",").some((quality) => quality.trim() === "auth") ?? false;
  if (name === undefined || (qop !== undefined && !hasQuality)) return undefined;
  const hash = (text: string) => createHash(name).update(text).digest("hex");
  const user = hash(`${username}:${realm}:${password}`);
  const first = isSession ? hash(`${user}:${nonce}:${clientNonce}`) : user;
  const second = hash(`${method}:${path}`);
  const count = "00000001";
  const response = hasQuality
    ? hash(`${first}:${nonce}:${count}:${clientNonce}:auth:${second}`)
    : hash(`${first}:${nonce}:${second}`);
  const parts = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(path)}`,
    `algorithm=${algorithm}`,
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(hasQuality ? ["qop=auth", `nc=${count}`, `cnonce="${clientNonce}"`] : []),
  ];
  return `Digest ${parts.join(", ")}`;
}

function challengeFields(challenge: string): Record<string, string> | undefined {
  const start = /(?:^|,\s*)Digest\s+/i.exec(challenge);
  if (start === null) return undefined;
  const rest = challenge.slice(start.index + start[0].length);
  const fields: Record<string, string> = {};
  for (const [, name = "", inQuotes, plain] of rest.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
    fields[name.toLowerCase()] ??= inQuotes?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "";
  return fields;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
