import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../refusal.ts";
import {
  createCredentialCheck,
  type Credentials,
  fingerprintOf,
  type ShownCredential,
  shownCredential,
} from "./credential.ts";
import { createThrottle } from "./throttle.ts";

/** Decides whether a caller is one who may call. */
export interface Authenticator {
  /**
   * Why a request is refused, by the credential it shows in its headers or by another one; undefined for a right one.
   * Sets what the refusal says in headers.
   */
  refuse(request: FastifyRequest, reply: FastifyReply, shown?: ShownCredential): Refusal | undefined;
}

export interface AuthenticatorOptions {
  /** Different wrong credentials that one address may show within a minute. */
  readonly wrongCredentialsMax: number;
  readonly now: () => number;
}

export function createAuthenticator(
  credentials: Credentials,
  { wrongCredentialsMax, now }: AuthenticatorOptions,
): Authenticator {
  const isRight = createCredentialCheck(credentials);
  const throttle = createThrottle(wrongCredentialsMax, now);
  const challenge = [
    ...(credentials.basic === undefined ? [] : ['Basic realm="Capstan", charset="UTF-8"']),
    ...((credentials.tokens ?? []).length === 0 ? [] : ['Bearer realm="Capstan"']),
  ].join(", ");
  return {
    refuse(request, reply, shown = shownCredential(request.headers)) {
      if (shown !== undefined) {
        const waitMs = throttle.waitMs(request.ip);
        if (waitMs > 0) return throttled(reply, waitMs);
        const fingerprint = fingerprintOf(shown);
        if (isRight(fingerprint)) return undefined;
        throttle.failed(request.ip, fingerprint.toString("base64"));
      }
      if (!isFromLoginPage(request.headers.referer)) reply.header("www-authenticate", challenge);
      return new Refusal("unauthenticated", shown === undefined ? wanted(credentials) : WRONG);
    },
  };
}

const WRONG = "The username and password, or the token, are not right";

function wanted({ basic, tokens = [] }: Credentials): string {
  const ways = [
    ...(basic === undefined ? [] : ["a username and a password with basic authentication"]),
    ...(tokens.length === 0 ? [] : ["a token as a Bearer credential"]),
  ];
  return `Send ${ways.join(", or ")}`;
}

/** A right credential has to wait as well: what is answered must not tell a guesser which one it is. */
function throttled(reply: FastifyReply, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  reply.header("retry-after", seconds);
  return new Refusal(
    "too-many-wrong-credentials",
    `This address has shown too many wrong credentials; try again in ${seconds} s`,
  );
}

/** The page asks for the password itself; the header would make the browser ask as well. */
function isFromLoginPage(referer: string | undefined): boolean {
  return URL.parse(referer ?? "")?.pathname.endsWith("/login") === true;
}
