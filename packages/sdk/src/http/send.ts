import type { send as sendNow } from "./client.ts";

/** As in `client.ts`, which is loaded with the first request: Node's HTTP client takes a fifth of a start. */
export const send: typeof sendNow = async (...request) => (await import("./client.ts")).send(...request);
