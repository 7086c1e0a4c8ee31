import { secret, type TaskContext, text } from "@capstan/sdk";
import { addressBelow, callVendor, exchangeOptions, type RequestBody, type VendorCall } from "@capstan/sdk/http";

/** Who asks, and where, for all types of Dropbox. */
export const connection = () => ({
  accessToken: secret().describe(
    "Access token of a Dropbox app. It needs the scopes of what is done: `files.metadata.read`, `files.content.read` or `files.content.write`.",
  ),
  endpointOverride: text()
    .optional()
    .describe(
      "Address of a server in place of Dropbox's own, such as a gateway. Default: https://api.dropboxapi.com, and https://content.dropboxapi.com for contents.",
    ),
});

export interface DropboxConnection {
  readonly accessToken: string;
  readonly endpointOverride?: string | undefined;
}

type Context = Pick<TaskContext<DropboxConnection>, "properties" | "signal">;

/** Where contents go and come from; all else is asked of the API. */
export type DropboxHost = "api" | "content";

/** No redirect is followed: it would make another call of this one, without its arguments. */
export const EXCHANGE = { ...exchangeOptions({}), followsRedirects: false };

/** Address of a call and the header that authorizes it. */
export function requestOf({ properties }: Context, host: DropboxHost, path: string) {
  const { accessToken, endpointOverride } = properties;
  return {
    url: addressBelow(endpointOverride ?? `https://${host}.dropboxapi.com`, `/2/files/${path}`),
    headers: { Authorization: `Bearer ${accessToken.trim()}` },
  };
}

/** Calls the API with arguments as JSON. Throws `TaskFailure` as `callVendor` does. */
export async function callDropbox<Answer>(
  context: Context,
  call: Pick<VendorCall<Answer>, "what" | "answer"> & { readonly path: string; readonly body: unknown },
): Promise<Answer> {
  const { path, ...rest } = call;
  const { value } = await callVendor(context.signal, {
    ...rest,
    ...requestOf(context, "api", path),
    method: "POST",
    options: EXCHANGE,
    adviceFor,
  });
  return value;
}

/** Calls the API with arguments in a header, and bytes as the body. Throws `TaskFailure` as `callVendor` does. */
export async function sendContent<Answer>(
  context: Context,
  call: Pick<VendorCall<Answer>, "what" | "answer"> & {
    readonly path: string;
    readonly args: unknown;
    readonly content: RequestBody;
  },
): Promise<Answer> {
  const { path, args, ...rest } = call;
  const { url, headers } = requestOf(context, "content", path);
  const { value } = await callVendor(context.signal, {
    ...rest,
    url,
    headers: { ...headers, "Dropbox-API-Arg": headerJson(args) },
    method: "POST",
    options: EXCHANGE,
    adviceFor,
  });
  return value;
}

/** JSON that a header can hold: of ASCII alone. */
export function headerJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replaceAll(/[\u007F-\uFFFF]/g, escaped);
}

/** What to do about a refusal that means something special at Dropbox. */
export function adviceFor(status: number): string | undefined {
  if (status === 401)
    return "Check `accessToken`. Those that are made in the app console are good for four hours; `missing_scope` is one that lacks a permission.";
  if (status === 409)
    return "`error_summary` says why: `path/not_found` is a path that isn't there (or that the app may not see), `path/conflict` one that is taken, `path/malformed_path` one that is written wrongly.";
  return undefined;
}
