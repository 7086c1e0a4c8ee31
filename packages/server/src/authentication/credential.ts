import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What callers of the API may show: a name with its password, one of the tokens, or either. */
export interface Credentials {
  readonly basic?: BasicCredential | undefined;
  readonly tokens?: readonly string[] | undefined;
}
export interface BasicCredential {
  readonly username: string;
  readonly password: string;
}

/** What a request shows, not yet known to be right. The secret is `name:password`, or a token. */
export interface ShownCredential {
  readonly kind: "basic" | "token";
  readonly secret: Buffer;
}

/** Cookies of clients of Kestra: the pair of basic authentication in base64, and a token. */
export const BASIC_COOKIE = "BASIC_AUTH";
const TOKEN_COOKIE = "JWT";

/**
 * The credential in the header `Authorization`, or else in a cookie. Undefined for none, and for the empty pair that
 * some clients send when they were given no name.
 */
export function shownCredential({ authorization = "", cookie = "" }: IncomingHttpHeaders): ShownCredential | undefined {
  const [, scheme = "", value = ""] = /^(basic|bearer) +(\S+) *$/i.exec(authorization) ?? [];
  const inHeader = scheme.toLowerCase() === "bearer" ? token(value) : pair(value);
  return inHeader ?? token(cookieValue(cookie, TOKEN_COOKIE)) ?? pair(cookieValue(cookie, BASIC_COOKIE));
}

/** The name that a request shows with its password; not known to be right. */
export function callerName(headers: IncomingHttpHeaders): string | undefined {
  const shown = shownCredential(headers);
  if (shown?.kind !== "basic") return undefined;
  return /^[^:]*/.exec(shown.secret.toString("utf8"))?.[0];
}

/** Who a request says to be, for telling callers apart; no secret can be read from it. Not known to be right. */
export function principalOf(headers: IncomingHttpHeaders): string {
  const shown = shownCredential(headers);
  if (shown === undefined) return "";
  return shown.kind === "basic" ? `basic ${callerName(headers)}` : `token ${fingerprintOf(shown).toString("base64")}`;
}

function token(value: string): ShownCredential | undefined {
  return value === "" ? undefined : { kind: "token", secret: Buffer.from(value, "utf8") };
}

function pair(base64: string): ShownCredential | undefined {
  const secret = Buffer.from(base64, "base64");
  const isEmpty = secret.length === 0 || (secret.length === 1 && secret[0] === COLON);
  return isEmpty ? undefined : { kind: "basic", secret };
}

const COLON = 58;

function cookieValue(header: string, name: string): string {
  for (const one of header.split(";")) {
    const [key = "", ...rest] = one.split("=");
    if (key.trim() === name)
      return decoded(
        rest
          .join("=")
          .trim()
          .replace(/^"(.*)"$/, "$1"),
      );
  }
  return "";
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // Not encoded by who made it.
  }
}

/** Stands for a credential where it is compared or remembered. */
export type Fingerprint = Buffer;

export function fingerprintOf({ kind, secret }: ShownCredential): Fingerprint {
  return createHash("sha256").update(`${kind} `).update(secret).digest();
}

/** Takes equally long for every wrong credential: neither its length nor the first difference shows. */
export function createCredentialCheck({ basic, tokens = [] }: Credentials): (shown: Fingerprint) => boolean {
  const accepted = tokens.map((one) => fingerprintOf({ kind: "token", secret: Buffer.from(one, "utf8") }));
  if (basic !== undefined) accepted.push(fingerprintOf(pairOf(basic)));
  return (shown) => accepted.reduce((isRight, one) => timingSafeEqual(one, shown) || isRight, false);
}

export function pairOf({ username, password }: BasicCredential): ShownCredential {
  return { kind: "basic", secret: Buffer.from(`${username}:${password}`, "utf8") };
}
