import type { IncomingHttpHeaders } from "node:http";

/** Whether an address of a server or a `Host` names this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether a page of another origin sent this request. Browsers add cached credentials, and reach servers on the
 * loopback, so without this check any page a developer visits could start flows. Pages of another port of this machine
 * are other origins too. Following a link is the one thing another page may do; what is read has no effect.
 */
export function isCrossOrigin(method: string, headers: IncomingHttpHeaders, allowed: ReadonlySet<string>): boolean {
  const { origin, host } = headers;
  if (origin === undefined) {
    const site = headers["sec-fetch-site"];
    if (site === undefined || site === "same-origin" || site === "none") return false;
    return !(headers["sec-fetch-mode"] === "navigate" && (method === "GET" || method === "HEAD"));
  }
  if (allowed.has(origin)) return false;
  const url = URL.parse(origin);
  return url === null || url.host !== host;
}

/** The name in a `Host` header, without its port. */
export function hostName(host: string | undefined): string {
  return URL.parse(`http://${host ?? ""}`)?.hostname ?? "";
}
