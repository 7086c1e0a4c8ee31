import { dynamic, duration, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { REQUEST_MS_MAX } from "./session.ts";

/** Properties of whatever speaks with a server over HTTP, beside its address. */
export const webServer = () => ({
  headers: dynamic(z.record(z.string(), secret()))
    .optional()
    .describe("Headers of all requests, such as Authorization."),
  timeout: duration()
    .optional()
    .describe(`How long a request may take. Default: PT${REQUEST_MS_MAX / 1_000}S.`),
  logRequests: dynamic(z.boolean()).default(false).describe("Whether the log shows what is asked. Default: false."),
  logResponses: dynamic(z.boolean()).default(false).describe("Whether the log shows what is answered. Default: false."),
});

/** The properties of a task that speaks with a server. */
export const connection = () => ({
  url: text().describe("Address of the server, such as https://example.com/mcp."),
  transport: dynamic(z.enum(["STREAMABLE_HTTP", "SSE"]))
    .default("STREAMABLE_HTTP")
    .describe(
      "How it is spoken with: STREAMABLE_HTTP, or SSE for servers of the older kind. Default: STREAMABLE_HTTP.",
    ),
  ...webServer(),
});

export type WrittenConnection = z.output<z.ZodObject<ReturnType<typeof connection>>>;
