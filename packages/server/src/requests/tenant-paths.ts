import type { Route } from "@capstan/api";
import { TENANT } from "../tenant.ts";

const PREFIX = "/api/v1/";

/**
 * Paths may leave the tenant out: `/api/v1/flows/…` means `/api/v1/main/flows/…`. A path that begins with the first word of a
 * route has no tenant, so each route is registered once, and no tenant can be called like one of these words.
 */
export function tenantPaths(routes: Iterable<Route>): (url: string) => string {
  const words = new Set<string>();
  for (const { path, aliases = [] } of routes) for (const one of [path, ...aliases]) words.add(firstWord(one.slice(1)));
  return (url) => {
    if (!url.startsWith(PREFIX)) return url;
    const rest = url.slice(PREFIX.length);
    return words.has(firstWord(rest)) ? `${PREFIX}${TENANT}/${rest}` : url;
  };
}

function firstWord(path: string): string {
  return /^[^/?#]*/.exec(path)![0];
}
