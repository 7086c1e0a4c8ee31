import { secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, exchangeOptions, given, httpOptions, type VendorCall } from "@capstan/sdk/http";
import type { z } from "zod";

/** The version of the API that is spoken. */
export const NOTION_VERSION = "2026-03-11";

/** Who asks, and where, for all types of Notion. */
export const connection = () => ({
  apiToken: secret().describe("Token of an integration that the page, or the one above it, is shared with."),
  endpointOverride: text()
    .optional()
    .describe("Address of a server in place of Notion's own, such as a gateway. Default: https://api.notion.com."),
  options: httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `auth` is not looked at."),
});

export interface NotionConnection {
  readonly apiToken: string;
  readonly endpointOverride?: string | undefined;
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
}

export type NotionContext = Pick<TaskContext<NotionConnection>, "properties" | "signal">;

/** Calls the API for pages. Throws `TaskFailure` as `callVendor` does. */
export async function callNotion<Answer>(
  { properties, signal }: NotionContext,
  call: Pick<VendorCall<Answer>, "what" | "method" | "body" | "answer"> & { readonly path: string },
): Promise<Answer> {
  const { path, ...rest } = call;
  const { apiToken, endpointOverride, options } = properties;
  const { value } = await callVendor(signal, {
    ...rest,
    url: addressBelow(given(endpointOverride) ?? "https://api.notion.com", `/v1/pages${path}`),
    headers: { "Notion-Version": NOTION_VERSION },
    options: { ...exchangeOptions({ options }), auth: { type: "BEARER", token: apiToken.trim() } },
    adviceFor: (status) =>
      status === 404
        ? "Check the id, and that the page is shared with the integration: Notion answers the same for what is hidden from it."
        : undefined,
  });
  return value;
}

/** The id of a page, with dashes or without, or at the end of its address. Throws `TaskFailure` for what is none. */
export function pageIdOf(property: string, written: string): string {
  const match = /([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})\/?(?:\?.*)?$/i.exec(
    written.trim(),
  );
  if (match === null || !/^(?:[\da-f-]{32,36}|https:\/\/.+)$/i.test(written.trim()))
    throw new TaskFailure(
      `\`${property}\` is "${written}", which is no page of Notion. Give the 32 digits at the end of its address.`,
    );
  return match.slice(1).join("-").toLowerCase();
}
