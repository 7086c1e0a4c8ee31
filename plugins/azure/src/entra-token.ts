import { TaskFailure } from "@capstan/sdk";
import { callApi, exchangeOptions, textBody } from "@capstan/sdk/http";
import { readFile } from "node:fs/promises";
import { z } from "zod";

/** What a token is asked for. */
const RESOURCE = "https://storage.azure.com/";
/** A token that is good for less is asked for anew. */
const REMAINING_MS_MIN = 120_000;
/** How long the server of a machine's identity may be silent: where there is none, nobody answers. */
const MACHINE_SILENCE_MS = 5_000;

export interface Principal {
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
}

export interface TokenOptions {
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told of each token, so that no log shows it. */
  readonly mask: (token: string) => void;
  readonly environment?: NodeJS.ProcessEnv;
  /** Of the machine's own identity. */
  readonly machine?: string;
}

/**
 * Tokens for as long as a task runs: of the principal that is written, or the one that the worker finds. Each is good for some minutes. The
 * answer throws `TaskFailure` when none is given.
 */
export function tokenSource(written: Principal, options: TokenOptions): () => Promise<string> {
  let current: { readonly token: string; readonly until: number } | undefined;
  return async () => {
    if (current === undefined || current.until - options.now() < REMAINING_MS_MIN) {
      current = await askedToken(written, options);
      options.mask(current.token);
    }
    return current.token;
  };
}

async function askedToken(written: Principal, options: TokenOptions) {
  const { environment = process.env, signal, now } = options;
  const tenantId = written.tenantId ?? environment["AZURE_TENANT_ID"];
  const clientId = written.clientId ?? environment["AZURE_CLIENT_ID"];
  const secret = written.clientSecret ?? environment["AZURE_CLIENT_SECRET"];
  const assertionFile = environment["AZURE_FEDERATED_TOKEN_FILE"];
  if (written.clientSecret !== undefined && (tenantId === undefined || clientId === undefined))
    throw new TaskFailure("`clientSecret` needs `tenantId` and `clientId` of its service principal.");
  const proof =
    secret !== undefined
      ? { client_secret: secret }
      : assertionFile !== undefined && {
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: (await readFile(assertionFile, "utf8")).trim(),
        };
  if (proof === false || tenantId === undefined || clientId === undefined)
    return askMachine(written.clientId ?? clientId, options);
  const authority = environment["AZURE_AUTHORITY_HOST"] ?? "https://login.microsoftonline.com";
  const form = { grant_type: "client_credentials", client_id: clientId, scope: `${RESOURCE}.default`, ...proof };
  const answer = await callApi(signal, {
    what: "Asking Microsoft Entra for a token",
    url: `${authority.replace(/\/+$/, "")}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    content: textBody(new URLSearchParams(form).toString(), "application/x-www-form-urlencoded"),
    adviceFor: () => "Check `tenantId`, `clientId` and `clientSecret`, and that the secret is still good.",
    options: exchangeOptions({}),
  });
  return tokenFrom(answer, now());
}

async function askMachine(clientId: string | undefined, options: TokenOptions) {
  const { signal, now, machine = "http://169.254.169.254" } = options;
  try {
    const answer = await callApi(signal, {
      what: "Asking the machine for a token",
      url: `${machine}/metadata/identity/oauth2/token`,
      params: {
        "api-version": "2018-02-01",
        resource: RESOURCE,
        ...(clientId !== undefined && { client_id: clientId }),
      },
      headers: { Metadata: "true" },
      options: { ...exchangeOptions({}, MACHINE_SILENCE_MS), connectTimeoutMs: MACHINE_SILENCE_MS },
    });
    return tokenFrom(answer, now());
  } catch (error) {
    if (signal.aborted || !(error instanceof TaskFailure)) throw error;
    throw new TaskFailure(
      `There are no credentials for the storage account: none are set, and the worker finds none. Set \`connectionString\`, \`sasToken\` or a service principal. (${error.message})`,
      { cause: error },
    );
  }
}

/** Some servers write the number as text. */
const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.coerce.number().default(3_600) });

function tokenFrom(answer: unknown, nowMs: number) {
  const parsed = tokenAnswer.safeParse(answer);
  if (!parsed.success)
    throw new TaskFailure("Asking for a token was answered without one. Check AZURE_AUTHORITY_HOST of the worker.");
  return { token: parsed.data.access_token, until: nowMs + parsed.data.expires_in * 1_000 };
}
