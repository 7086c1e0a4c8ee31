import type { Configuration } from "./configuration.ts";

/** Where people reach the server, without a slash at the end; empty when nobody said. */
export function publicUrlOf({ server }: Configuration): string {
  return server.url.replace(/\/$/, "");
}
