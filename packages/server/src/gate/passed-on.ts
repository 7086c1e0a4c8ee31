import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** What a server of ours adds to `Via` (RFC 9110, 7.6.3) of the requests that it passes on. */
const VIA = "1.1 capstan";

/** How many servers of ours have passed a request on. */
export function timesPassedOn({ headers }: IncomingMessage): number {
  return headers.via === undefined ? 0 : headers.via.split(",").filter((hop) => hop.trim() === VIA).length;
}

/** The headers of a request that is passed on: who asked, for which host, and that this server stands between. */
export function passedOnHeaders(headers: IncomingHttpHeaders, request: IncomingMessage): IncomingHttpHeaders {
  const { host, via, "x-forwarded-for": before } = request.headers;
  const from = request.socket.remoteAddress ?? "unknown";
  return {
    ...headers,
    ...(host !== undefined && { host }),
    via: via === undefined ? VIA : `${via}, ${VIA}`,
    "x-forwarded-for": before === undefined ? from : `${String(before)}, ${from}`,
  };
}
