import { TaskFailure } from "@capstan/sdk";
import { callApi, exchangeOptions, send, textBody } from "@capstan/sdk/http";
import { sign } from "node:crypto";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { AccountProperties } from "./account.ts";
import { type Credentials, foundCredentials, type ServiceAccountKey, writtenCredentials } from "./credentials.ts";

/** How long a token that is asked for is good, in seconds: what Google gives at most. */
const TOKEN_SECONDS = 3_600;
/** A token that is good for less is asked for anew. */
const REMAINING_MS_MIN = 120_000;
/** How long the server of a machine's own account may be silent: where there is none, nobody answers. */
const MACHINE_SILENCE_MS = 5_000;

/** Servers that tokens come from. */
export interface TokenServers {
  /** Of the machine's own account: Google's fixed one, or that of an emulator. */
  readonly machine: string;
  /** That lets one account act as another one. */
  readonly impersonation: string;
}

export interface TokenOptions {
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told of each token, so that no log shows it. */
  readonly mask: (token: string) => void;
  readonly servers?: TokenServers;
}

/** Tokens for as long as a task runs. */
export interface TokenSource {
  /** A token that is good for some minutes. Throws `TaskFailure` when none is given. */
  readonly token: () => Promise<string>;
  /** The project that the credentials belong to; undefined where they tell none. */
  readonly project: () => Promise<string | undefined>;
}

const standardServers = (): TokenServers => ({
  machine: `http://${process.env["GCE_METADATA_HOST"] ?? "metadata.google.internal"}`,
  impersonation: "https://iamcredentials.googleapis.com",
});

type Account = Pick<AccountProperties, "serviceAccount" | "accessToken" | "impersonatedServiceAccount" | "scopes">;

/** Throws `TaskFailure` for a key that is none. Nobody is asked before the first token is. */
export function tokenSource(account: Account, options: TokenOptions): TokenSource {
  const { accessToken, serviceAccount, impersonatedServiceAccount } = account;
  const servers = options.servers ?? standardServers();
  const written = serviceAccount === undefined ? undefined : writtenCredentials(serviceAccount);
  let found: Promise<Credentials> | undefined;
  const credentials = () => (written === undefined ? (found ??= foundCredentials()) : Promise.resolve(written));
  let current: { readonly token: string; readonly until: number } | undefined;

  const given = async () => {
    if (accessToken !== undefined) return { token: accessToken, until: Number.POSITIVE_INFINITY };
    // An account that acts as another one needs no more than the right to.
    const scopes =
      impersonatedServiceAccount === undefined ? account.scopes : ["https://www.googleapis.com/auth/cloud-platform"];
    return givenToken(await credentials(), { ...options, servers, scopes });
  };
  return {
    token: async () => {
      if (current === undefined || current.until - options.now() < REMAINING_MS_MIN) {
        const own = await given();
        current =
          impersonatedServiceAccount === undefined
            ? own
            : await impersonated(own.token, impersonatedServiceAccount, {
                ...options,
                servers,
                scopes: account.scopes,
              });
        options.mask(current.token);
      }
      return current.token;
    },
    project: async () => {
      if (accessToken !== undefined && written === undefined) return undefined;
      return projectOf(await credentials(), { ...options, servers, scopes: [] });
    },
  };
}

interface Asking extends TokenOptions {
  readonly servers: TokenServers;
  readonly scopes: readonly string[];
}

const MACHINE_HEADERS = { "Metadata-Flavor": "Google" };

async function givenToken(credentials: Credentials, asking: Asking) {
  const { servers, scopes, now, signal } = asking;
  switch (credentials.type) {
    case "machine": {
      const url = `${servers.machine}/computeMetadata/v1/instance/service-accounts/default/token`;
      const call = { what: "Asking the machine for a token", url, params: { scopes: scopes.join(",") } };
      return tokenFrom(await askMachine(asking, call), now());
    }
    case "service_account": {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: assertion(credentials, scopes, now()),
      };
      return tokenFrom(await postForm(signal, credentials.token_uri, form), now());
    }
    case "authorized_user": {
      const { client_id, client_secret, refresh_token, token_uri } = credentials;
      const form = { grant_type: "refresh_token", client_id, client_secret, refresh_token };
      return tokenFrom(await postForm(signal, token_uri, form), now());
    }
    default:
      return credentials satisfies never;
  }
}

async function askMachine({ signal }: Asking, call: { what: string; url: string; params?: Record<string, string> }) {
  const options = { ...exchangeOptions({}, MACHINE_SILENCE_MS), connectTimeoutMs: MACHINE_SILENCE_MS };
  try {
    return await callApi(signal, { ...call, headers: MACHINE_HEADERS, options });
  } catch (error) {
    if (signal.aborted || !(error instanceof TaskFailure)) throw error;
    throw new TaskFailure(
      `There are no credentials for Google: \`serviceAccount\` is not set, and the worker finds none. Set \`serviceAccount\` to the JSON key of a service account. (${error.message})`,
      { cause: error },
    );
  }
}

function postForm(signal: AbortSignal, url: string, form: Record<string, string>): Promise<unknown> {
  return callApi(signal, {
    what: "Asking Google for a token",
    url,
    content: textBody(new URLSearchParams(form).toString(), "application/x-www-form-urlencoded"),
    adviceFor: (status) =>
      status === 400 || status === 401
        ? "Check that the key still exists, and that the clock of the worker is right."
        : undefined,
    options: exchangeOptions({}),
  });
}

/** What proves that one has the private key (RFC 7523). Throws `TaskFailure` for a key that is none. */
function assertion(key: ServiceAccountKey, scopes: readonly string[], nowMs: number): string {
  const issued = Math.floor(nowMs / 1_000);
  const header = { alg: "RS256", typ: "JWT", ...(key.private_key_id !== undefined && { kid: key.private_key_id }) };
  const claims = {
    iss: key.client_email,
    scope: scopes.join(" "),
    aud: key.token_uri,
    iat: issued,
    exp: issued + TOKEN_SECONDS,
  };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  try {
    return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key.private_key).toString("base64url")}`;
  } catch {
    // Node's message may tell of the key.
    throw new TaskFailure(
      "The `private_key` of the service account can't sign: it is no PEM of an RSA key. Give the key file as it was made, with `\\n` for its line ends.",
    );
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.number().default(TOKEN_SECONDS) });

function tokenFrom(answer: unknown, nowMs: number) {
  const parsed = tokenAnswer.safeParse(answer);
  if (!parsed.success)
    throw new TaskFailure("Asking Google for a token was answered without one. Check `token_uri` of the key.");
  const { access_token: token, expires_in: seconds } = parsed.data;
  return { token, until: nowMs + seconds * 1_000 };
}

const impersonationAnswer = z.object({ accessToken: z.string(), expireTime: z.string() });

async function impersonated(token: string, email: string, { servers, scopes, signal, mask }: Asking) {
  mask(token);
  const answer = await callApi(signal, {
    what: `Acting as ${email}`,
    url: `${servers.impersonation}/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateAccessToken`,
    headers: { Authorization: `Bearer ${token}` },
    body: { scope: scopes, lifetime: `${TOKEN_SECONDS}s` },
    adviceFor: (status) =>
      status === 403
        ? "Give the credentials the role `roles/iam.serviceAccountTokenCreator` on that service account."
        : undefined,
    options: exchangeOptions({}),
  });
  const { accessToken, expireTime } = impersonationAnswer.parse(answer);
  return { token: accessToken, until: Date.parse(expireTime) };
}

async function projectOf(credentials: Credentials, asking: Asking): Promise<string | undefined> {
  if (credentials.type === "service_account") return credentials.project_id;
  if (credentials.type === "authorized_user") return credentials.quota_project_id;
  const url = new URL(`${asking.servers.machine}/computeMetadata/v1/project/project-id`);
  const options = { ...exchangeOptions({}, MACHINE_SILENCE_MS), connectTimeoutMs: MACHINE_SILENCE_MS };
  const request = { method: "GET", url, headers: MACHINE_HEADERS, body: undefined };
  const response = await send(request, options, asking.signal);
  // Plain text, and no JSON.
  const answer = (await text(response.body)).trim();
  return response.status === 200 && /^[\w.:-]+$/.test(answer) ? answer : undefined;
}
