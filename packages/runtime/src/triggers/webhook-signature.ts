import { createHmac, timingSafeEqual } from "node:crypto";
import { isWebhookKey, MASK } from "@capstan/engine";
import { type Environment, ExpressionError, renderDeep, scopeOf, settle } from "@capstan/expression";
import { parseDuration, type Trigger } from "@capstan/model";
import { RequestError } from "../errors.ts";
import type { ReadBody, WebhookCall } from "../services.ts";

/** How calls of a webhook are signed: the `signature` of its trigger, rendered. */
export interface Signature {
  readonly scheme: "GITHUB" | "GITLAB" | "SLACK" | "STRIPE" | "STANDARD" | "HMAC";
  readonly secret: string;
  /** How old a call may be that says when it was signed, as an ISO-8601 duration. */
  readonly tolerance?: string;
  readonly header?: string;
  readonly prefix?: string;
  readonly algorithm?: "SHA1" | "SHA256" | "SHA512";
  readonly encoding?: "HEX" | "BASE64";
}

/** Takes the body as it comes. */
export interface SignatureCheck {
  readonly watch: (bytes: Uint8Array) => void;
  /** Throws `RequestError` (`webhook-signature`) unless all that came is signed. */
  readonly verify: () => void;
}

/** What a call says of itself. */
type Claim =
  | { readonly token: string }
  | {
      readonly algorithm: string;
      readonly key: string | Buffer;
      /** What is signed before the body. */
      readonly before?: string;
      /** Several while the sender changes its secret. */
      readonly signatures: readonly Buffer[];
      /** When it was signed, as the call says, in seconds since 1970. */
      readonly time?: string;
    };

/** The value of a header, which must be there. */
type Read = (name: string) => string;

const TOLERANCE_DEFAULT_MS = 5 * 60_000;

const TOKEN_HEADER = "X-Gitlab-Token";

const CLAIMS: Readonly<Record<Signature["scheme"], (signature: Signature, read: Read) => Claim>> = {
  GITHUB: ({ secret: key }, read) => ({
    algorithm: "sha256",
    key,
    signatures: [behind("sha256=", read("X-Hub-Signature-256"), "hex")],
  }),
  GITLAB: (_, read) => ({ token: read(TOKEN_HEADER) }),
  SLACK: ({ secret: key }, read) => {
    const time = read("X-Slack-Request-Timestamp");
    const signatures = [behind("v0=", read("X-Slack-Signature"), "hex")];
    return { algorithm: "sha256", key, before: `v0:${time}:`, signatures, time };
  },
  STRIPE: ({ secret: key }, read) => {
    const parts = read("Stripe-Signature").split(",");
    const time = parts.find((part) => part.startsWith("t="))?.slice(2) ?? "";
    const signatures = parts.filter((part) => part.startsWith("v1=")).map((part) => behind("v1=", part, "hex"));
    return { algorithm: "sha256", key, before: `${time}.`, signatures, time };
  },
  STANDARD: ({ secret }, read) => {
    const time = read("Webhook-Timestamp");
    const signatures = read("Webhook-Signature").split(" ");
    return {
      algorithm: "sha256",
      key: Buffer.from(secret.replace(/^whsec_/, ""), "base64"),
      before: `${read("Webhook-Id")}.${time}.`,
      signatures: signatures.map((part) => behind("v1,", part, "base64")),
      time,
    };
  },
  HMAC: ({ secret: key, header = "X-Signature", prefix = "", algorithm = "SHA256", encoding = "HEX" }, read) => ({
    algorithm: algorithm.toLowerCase(),
    key,
    signatures: [behind(prefix, read(header), encoding === "HEX" ? "hex" : "base64")],
  }),
};

/** Reads the body of a call, and checks that its sender signed it where the trigger wants that. */
export async function readSigned(
  { id, properties }: Trigger,
  { body, headers }: Pick<WebhookCall, "body" | "headers">,
  seen: { readonly roots: Readonly<Record<string, unknown>>; readonly environment: Environment; readonly now: number },
): Promise<ReadBody | undefined> {
  const { fetchType = "FETCH", signature } = properties as {
    readonly fetchType?: "FETCH" | "STORE" | "NONE";
    readonly signature?: Signature;
  };
  if (signature === undefined) return body?.(fetchType);
  const check = createSignatureCheck(await rendered(id, signature, seen), headers, seen.now);
  const content = await body?.(fetchType, check.watch);
  check.verify();
  return content;
}

/** The headers of a call without the one that is the secret itself. */
export function shownHeaders({ properties }: Trigger, headers: WebhookCall["headers"]): WebhookCall["headers"] {
  if ((properties["signature"] as Signature | undefined)?.scheme !== "GITLAB") return headers;
  return { ...headers, [TOKEN_HEADER.toLowerCase()]: [MASK] };
}

/**
 * Checks a call as GitHub, GitLab, Slack, Stripe and Standard Webhooks (standardwebhooks.com) describe it; `now` is in epoch
 * milliseconds. Throws `RequestError` (`webhook-signature`) at once when a header is missing, or the call is too old. Nothing fits an
 * empty secret.
 */
export function createSignatureCheck(
  signature: Signature,
  headers: WebhookCall["headers"],
  now: number,
): SignatureCheck {
  const secret = signature.secret.trim();
  if (secret === "") throw unsigned("the secret of the trigger is empty");
  const claim = CLAIMS[signature.scheme]({ ...signature, secret }, (name) => {
    const value = headers[name.toLowerCase()]?.[0];
    if (value === undefined) throw unsigned(`the header ${name} is missing`);
    return value;
  });
  if ("token" in claim) {
    if (!isWebhookKey(secret, claim.token)) throw unsigned("its token is not that of the trigger");
    return { watch: () => {}, verify: () => {} };
  }
  const { algorithm, key, before = "", signatures, time } = claim;
  if (time !== undefined) checkTime(time, signature.tolerance, now);
  const hmac = createHmac(algorithm, key).update(before);
  return {
    watch: (bytes) => void hmac.update(bytes),
    verify: () => {
      const own = hmac.digest();
      if (!signatures.some((given) => given.length === own.length && timingSafeEqual(given, own)))
        throw unsigned("its signature does not fit its body and the secret of the trigger");
    },
  };
}

async function rendered(
  triggerId: string,
  signature: Signature,
  { roots, environment }: { readonly roots: Readonly<Record<string, unknown>>; readonly environment: Environment },
): Promise<Signature> {
  try {
    return await settle(environment, (settling) => renderDeep(signature, scopeOf(roots), settling) as Signature);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw unsigned(`the \`signature\` of the trigger ${triggerId} can't be rendered`);
  }
}

function checkTime(time: string, tolerance: string | undefined, now: number): void {
  const toleranceMs = tolerance === undefined ? TOLERANCE_DEFAULT_MS : parseDuration(tolerance);
  if (toleranceMs === undefined) throw unsigned("the `tolerance` of the trigger renders to no ISO-8601 duration");
  const ageMs = now - Number(time) * 1000;
  if (Number.isFinite(ageMs) && Math.abs(ageMs) <= toleranceMs) return;
  throw unsigned("it was signed too long ago, or the clocks differ");
}

/** No bytes where the text has another form; those fit nothing. */
function behind(prefix: string, text: string, encoding: "hex" | "base64"): Buffer {
  return Buffer.from(text.startsWith(prefix) ? text.slice(prefix.length).trim() : "", encoding);
}

function unsigned(reason: string): RequestError {
  return new RequestError("webhook-signature", `the call is not signed as the webhook wants: ${reason}`);
}
