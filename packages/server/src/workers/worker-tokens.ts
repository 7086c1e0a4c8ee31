import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "../refusal.ts";

/** What lets workers of other processes in: whoever shows it takes jobs of its groups, or of some of them. */
export interface WorkerToken {
  readonly name: string;
  readonly token: string;
  /** None: the default group. */
  readonly groups: readonly string[];
  /** It is the token of one of the servers that share the database. */
  readonly isMember?: boolean;
}

export interface TokenCheckOptions {
  readonly tokens: readonly WorkerToken[];
  /** Whether the token with this SHA-256, in hexadecimal, is that of one of the servers that share the database. */
  readonly isMember: (fingerprint: string) => boolean;
}

/** Answers the token that a request shows; takes equally long for every wrong one. Throws a `Refusal`. */
export function createTokenCheck({
  tokens,
  isMember,
}: TokenCheckOptions): (headers: IncomingHttpHeaders) => WorkerToken {
  const known = tokens.map((token) => ({ token, fingerprint: fingerprintOf(token.token) }));
  return ({ authorization = "" }) => {
    const [, shown = ""] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    const fingerprint = fingerprintOf(shown);
    if (isMember(fingerprint.toString("hex"))) return { name: MEMBER, token: shown, groups: [], isMember: true };
    const found = known.reduce<WorkerToken | undefined>(
      (right, one) => (timingSafeEqual(one.fingerprint, fingerprint) ? one.token : right),
      undefined,
    );
    if (found === undefined)
      throw new Refusal("worker-unauthenticated", "The token is none of workers.tokens of the server");
    return found;
  };
}

/** What is told as the name of a member's token. */
const MEMBER = "member";

function fingerprintOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
