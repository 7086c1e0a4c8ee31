import { anyMap, dynamic, text } from "@capstan/sdk";
import { httpOptions, sslOptions } from "@capstan/sdk/http";
import { z } from "zod";

const oneOrMore = () => z.union([text(), z.array(text())]);

/** Properties that all HTTP tasks and triggers share. */
export const requestProperties = () => ({
  uri: text().describe("Address, with its protocol."),
  method: text().default("GET").describe("HTTP method."),
  params: dynamic(z.record(z.string(), oneOrMore()))
    .optional()
    .describe("Parameters added to the query of the address."),
  body: text().optional().describe("Body of the request."),
  formData: anyMap()
    .optional()
    .describe("Fields of a form; for `multipart/form-data` a file's URI or `{name, content}` sends a file."),
  contentType: text().optional().describe("Type of the body. Default: application/json, or that of a form."),
  headers: dynamic(z.record(z.string(), oneOrMore())).optional().describe("Headers by name."),
  options: httpOptions()
    .optional()
    .describe("Time limits, authentication, proxy, redirects, and what counts as a failure."),
  allowFailed: dynamic(z.boolean())
    .optional()
    .meta({ deprecated: true, description: "Older form of `options.allowFailed`." }),
  sslOptions: sslOptions(),
});

export type RequestProperties = z.output<z.ZodObject<ReturnType<typeof requestProperties>>>;
