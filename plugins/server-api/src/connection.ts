import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import {
  addressBelow,
  callVendor,
  exchangeOptions,
  given,
  pathPart,
  StatusFailure,
  type VendorAnswer,
  type VendorCall,
} from "@capstan/sdk/http";
import { z } from "zod";

/** Which server is asked, and by whom, for all types that call one. */
export const connection = () => ({
  kestraUrl: text()
    .optional()
    .describe(
      "Address of the server, such as https://flows.example.org. Default: the server that runs the flow, by its setting `server.url`.",
    ),
  auth: credentials()
    .optional()
    .describe("Who asks: a token, or a name with a password. Default: nobody in particular."),
  tenantId: text().optional().describe("The tenant that is asked about. Default: that of the flow."),
});

const credentials = () =>
  z.object({
    apiToken: secret().optional().describe("An API token. It can't be given together with a name."),
    username: text().optional().describe("Name of a user."),
    password: secret().optional().describe("Password of that user."),
    auto: dynamic(z.boolean())
      .optional()
      .describe(
        "Accepted for compatibility, without effect: a server lends its own credentials to no flow. Write them once, into plugin defaults.",
      ),
  });

export interface ServerConnection {
  readonly kestraUrl?: string | undefined;
  readonly auth?:
    | {
        readonly apiToken?: string | undefined;
        readonly username?: string | undefined;
        readonly password?: string | undefined;
      }
    | undefined;
  readonly tenantId?: string | undefined;
}

export interface ServerCall<Answer> extends Omit<VendorCall<Answer>, "url" | "options" | "headers" | "adviceFor"> {
  /** Below the tenant's part of the API, such as `/flows/search`. */
  readonly path: string;
}

export interface ServerApi {
  /** Where a path is, and the headers that say who asks. */
  requestOf(path: string): { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** Throws `TaskFailure` as `callVendor` does. */
  call<Answer>(call: ServerCall<Answer>): Promise<VendorAnswer<Answer>>;
}

/** A redirect would lose the method of a call, and may lead to a page for people. */
export const EXCHANGE = { ...exchangeOptions({}), followsRedirects: false };

/** The API of the server that the properties name. Throws `TaskFailure` where none is known, and for half of a credential. */
export async function openApi(
  { properties, signal, evaluate }: Pick<TaskContext<ServerConnection>, "properties" | "signal" | "evaluate">,
  flowTenant: string,
): Promise<ServerApi> {
  const { auth, tenantId } = properties;
  const server = given(properties.kestraUrl) ?? (await ownAddress(evaluate));
  const authorization = authorizationOf(auth);
  const root = addressBelow(server, `/api/v1/${pathPart("tenantId", given(tenantId) ?? flowTenant)}`);
  const requestOf = (path: string) => ({
    url: `${root}${path}`,
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });
  return {
    requestOf,
    call: ({ path, ...call }) =>
      callVendor(signal, {
        ...call,
        ...requestOf(path),
        options: EXCHANGE,
        adviceFor: (status) => adviceFor(status, authorization !== undefined),
      }),
  };
}

/**
 * Does something with one execution. Servers since 2.0 have `/actions/kill` for what is `/kill` at those before, and each answers 404 to the
 * path that it doesn't have.
 */
export async function actOn<Answer>(
  api: ServerApi,
  {
    executionId,
    verb,
    ...call
  }: Omit<ServerCall<Answer>, "path"> & { readonly executionId: string; readonly verb: string },
): Promise<VendorAnswer<Answer>> {
  const path = `/executions/${pathPart("executionId", executionId)}`;
  try {
    return await api.call({ ...call, path: `${path}/actions/${verb}` });
  } catch (error) {
    if (!(error instanceof StatusFailure) || (error.status !== 404 && error.status !== 405)) throw error;
    return api.call({ ...call, path: `${path}/${verb}` });
  }
}

/** What to do about a refusal of the server. */
export function adviceFor(status: number, hasCredentials: boolean): string | undefined {
  if (status === 401 && !hasCredentials)
    return "The server wants to know who asks: give `auth`, here or for all of `io.kestra.plugin.kestra` in plugin defaults.";
  if (status === 401) return "Check `auth`: the token, or the name and the password.";
  if (status === 404)
    return "Check the ids, `tenantId`, and that `kestraUrl` is the address of the server without a path.";
  return undefined;
}

async function ownAddress(evaluate: TaskContext<unknown>["evaluate"]): Promise<string> {
  const { url } = z.object({ url: z.string().optional() }).parse(await evaluate("{{ kestra }}"));
  if (url !== undefined) return url;
  throw new TaskFailure(
    "It is not known which server is meant: give `kestraUrl`, or let an operator set `server.url` to the address of this one.",
  );
}

function authorizationOf(auth: ServerConnection["auth"]): string | undefined {
  const [token, username, password] = [auth?.apiToken, auth?.username, auth?.password].map(given);
  if (token !== undefined && (username !== undefined || password !== undefined))
    throw new TaskFailure("`auth` has a token and a name or a password: give one of the two ways.");
  if (token !== undefined) return `Bearer ${token.trim()}`;
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new TaskFailure("`auth` needs a `username` and a `password`, and one of them is missing or empty.");
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
