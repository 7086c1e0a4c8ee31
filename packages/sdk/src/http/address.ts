import { TaskFailure } from "../definition.ts";

/** A text or several under one name, as written in `params`. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** The address of a request: blanks become `%20`, parameters are added to the query. Throws `TaskFailure` when it is none. */
export function addressOf(uri: string, params: Parameters = {}): URL {
  const written = uri.trim().replaceAll(" ", "%20");
  if (!/^https?:\/\/[^/?#]/i.test(written) || !URL.canParse(written))
    throw new TaskFailure(`"${uri}" is no address of a server. Give a URI such as https://example.com/path.`);
  const url = new URL(written);
  for (const [name, value] of Object.entries(params))
    for (const one of typeof value === "string" ? [value] : value) url.searchParams.append(name, one);
  return url;
}

/** The address of a path below the one of a server, which may have a path itself. */
export function addressBelow(server: string, path: string): string {
  return `${server.trim().replace(/\/+$/, "")}${path}`;
}

/** Query and user stay out of messages: they may hold secrets. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
