import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "../refusal.ts";

/** What lets workers of other processes in: whoever shows it takes jobs of its groups, or of some of them. */
export interface WorkerToken {
  readonly name: string;
  readonly token: string;
  /** None: the default group. */
  readonly groups: readonly string[];
}

/** Answers the token that a request shows; takes equally long for every wrong one. Throws a `Refusal`. */
export function createTokenCheck(tokens: readonly WorkerToken[]): (headers: IncomingHttpHeaders) => WorkerToken {
  const known = tokens.map((token) => ({ token, fingerprint: fingerprintOf(token.token) }));
  return ({ authorization = "" }) => {
    const [, shown = ""] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    const fingerprint = fingerprintOf(shown);
    const found = known.reduce<WorkerToken | undefined>(
      (right, one) => (timingSafeEqual(one.fingerprint, fingerprint) ? one.token : right),
      undefined,
    );
    if (found === undefined)
      throw new Refusal("worker-unauthenticated", "The token is none of workers.tokens of the server");
    return found;
  };
}

function fingerprintOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
