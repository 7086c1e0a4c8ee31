import type { sessionRoutes } from "@capstan/api";
import type { FastifyRequest } from "fastify";
import { BASIC_COOKIE, pairOf } from "../authentication/credential.ts";
import type { Handlers } from "../mount.ts";
import type { ApiService } from "../service.ts";

/** Tells the scripts of a page, which can't see the other one, that it has a cookie. */
const FLAG_COOKIE = "kestraBasicAuthenticated";
const ENDED = "Max-Age=0";

/** Logging in from a page. The cookie is one of the session: a browser forgets it when it is closed. */
export function sessionHandlers({ authenticator, publicUrl }: ApiService): Handlers<typeof sessionRoutes> {
  const cookies = (request: FastifyRequest, pair: string, flag: string, end: string) => {
    const isSecure = request.protocol === "https" || publicUrl.startsWith("https:");
    const attributes = ["Path=/", "SameSite=Strict", ...(isSecure ? ["Secure"] : []), ...(end === "" ? [] : [end])];
    return [
      [`${BASIC_COOKIE}=${pair}`, "HttpOnly", ...attributes].join("; "),
      [`${FLAG_COOKIE}=${flag}`, ...attributes].join("; "),
    ];
  };
  return {
    login: ({ body, request, reply }) => {
      if (authenticator === undefined) return {};
      const pair = pairOf(body);
      const refusal = authenticator.refuse(request, reply, pair);
      if (refusal !== undefined) throw refusal;
      reply.header("set-cookie", cookies(request, encodeURIComponent(pair.secret.toString("base64")), "true", ""));
      return {};
    },
    logout: ({ request, reply }) => {
      reply.header("set-cookie", cookies(request, "", "", ENDED));
      return {};
    },
    listCredentialProblems: () => [],
  };
}
