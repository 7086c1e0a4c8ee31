import { secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, exchangeOptions, httpOptions, type VendorCall } from "@capstan/sdk/http";
import { z } from "zod";

/** Who asks, and where, for all types of Cloudflare. */
export const connection = () => ({
  apiToken: secret().describe("An API token with the rights to what is done, such as Zone.DNS (Edit)."),
  baseUrl: text()
    .default("https://api.cloudflare.com/client/v4")
    .describe("Address of the API. Default: https://api.cloudflare.com/client/v4."),
  options: httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `auth` is not looked at."),
});

export const zoneId = () => text().describe("Id of the zone, as its overview in the dashboard shows it.");

export interface CloudflareConnection {
  readonly apiToken: string;
  readonly baseUrl: string;
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
}

type Context = Pick<TaskContext<CloudflareConnection>, "properties" | "signal">;

export interface CloudflareCall<Result> extends Pick<VendorCall<unknown>, "what" | "method" | "params" | "body"> {
  /** Below the address, each part of it encoded. */
  readonly path: string;
  readonly result: z.ZodType<Result>;
}

/** Entries of a page; the most that all lists take. */
const ENTRIES_PER_PAGE = 50;
/** Of a list. Outputs hold about as much. */
export const ENTRIES_MAX = 5_000;
const ERRORS_SHOWN = 3;

const pageInfo = () => z.object({ result_info: z.object({ total_pages: z.int() }).nullish() });

/** Calls the API, and answers the result in its envelope. Throws `TaskFailure` with the reasons when it refuses, and as `callVendor` does. */
export async function callCloudflare<Result>(context: Context, call: CloudflareCall<Result>): Promise<Result> {
  return (await callEnvelope(context, call)).result;
}

/** All entries of a list, page by page. Throws `TaskFailure` for more than `ENTRIES_MAX`, and as `callCloudflare` does. */
export async function listCloudflare<Entry>(
  context: Context,
  { entry, ...call }: Pick<CloudflareCall<unknown>, "what" | "path" | "params"> & { readonly entry: z.ZodType<Entry> },
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const params = { ...call.params, page: String(page), per_page: String(ENTRIES_PER_PAGE) };
    const envelope = await callEnvelope(context, { ...call, params, result: z.array(entry) });
    entries.push(...envelope.result);
    if (entries.length > ENTRIES_MAX)
      throw new TaskFailure(`${call.what} found more than ${ENTRIES_MAX} entries, which is more than outputs hold.`);
    pages = pageInfo().parse(envelope).result_info?.total_pages ?? 1;
  }
  return entries;
}

async function callEnvelope<Result>(
  { properties, signal }: Context,
  { path, result, ...call }: CloudflareCall<Result>,
): Promise<{ readonly result: Result }> {
  const { apiToken, baseUrl, options } = properties;
  const { value } = await callVendor(signal, {
    ...call,
    url: addressBelow(baseUrl, path),
    headers: { Authorization: `Bearer ${apiToken.trim()}` },
    options: { ...exchangeOptions({ options }), auth: undefined },
    answer: z.union([
      z.object({ success: z.literal(false), errors: z.array(z.object({ message: z.string() })) }),
      z.object({ success: z.literal(true), result }),
    ]),
    adviceFor: (status) =>
      status === 400 || status === 403
        ? "Check that the token has the right to this, and is for this zone or account."
        : undefined,
  });
  if (value.success) return value;
  const reasons = value.errors.slice(0, ERRORS_SHOWN).map(({ message }) => message);
  throw new TaskFailure(`${call.what} was refused by Cloudflare: ${reasons.join("; ") || "it gives no reason"}`);
}
