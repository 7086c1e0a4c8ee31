import { textMap } from "@capstan/sdk";
import { exchangeOptions, httpOptions } from "@capstan/sdk/http";
import type { z } from "zod";

/** Services of this kind answer at once. */
const READ_IDLE_MS = 10_000;

/** `options` of all that posts to a service: those of the HTTP tasks, and `headers`. */
export const requestOptions = () =>
  httpOptions()
    .extend({ headers: textMap().optional().describe("Further headers.") })
    .optional()
    .describe("How to connect. The service may be silent for PT10S, if nothing else is said.");

export function postOptions(options: z.output<ReturnType<typeof requestOptions>>) {
  return { headers: options?.headers ?? {}, options: exchangeOptions({ options }, READ_IDLE_MS) };
}
