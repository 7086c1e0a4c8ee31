import { z } from "zod";
import { ask, type ServiceApi, type ServiceRequest } from "./service-api.ts";

/** A token is renewed so long before it expires: no request is to arrive with one that just did. */
const MARGIN_MS = 30_000;
/** Of a token that doesn't tell how long it is valid. */
const VALID_SECONDS = 180;

const granted = () => z.object({ access_token: z.string(), expires_in: z.number().optional() });

/** How a service is asked for a token. */
export type TokenRequest = Pick<ServiceRequest<z.ZodType>, "path" | "body" | "content">;

/** The headers of requests with a token that is fetched before the first, and again before it expires. */
export function exchangedToken(
  api: ServiceApi,
  request: TokenRequest,
  now: () => number,
): (signal: AbortSignal) => Promise<Record<string, string>> {
  let token: { readonly value: string; readonly renewAt: number } | undefined;
  return async (signal) => {
    if (token === undefined || now() >= token.renewAt) {
      const { access_token: value, expires_in: seconds = VALID_SECONDS } = await ask(api, signal, {
        ...request,
        what: "The request for a token",
        answer: granted,
        isRepeatable: true,
      });
      token = { value, renewAt: now() + seconds * 1_000 - MARGIN_MS };
    }
    return { Authorization: `Bearer ${token.value}` };
  };
}
