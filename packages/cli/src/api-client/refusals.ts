import { Mistake } from "../mistake.ts";

const NAME_IT = "name the server with --server or CAPSTAN_SERVER";

/** What to do about a server that does not answer, by the code of what went wrong. */
const SILENCES: Readonly<Record<string, (address: URL) => string>> = {
  ECONNREFUSED: () => `start one with "capstan server", or ${NAME_IT}`,
  ENOTFOUND: ({ hostname }) => `nobody knows the name ${hostname}: ${NAME_IT}`,
  ERR_SSL_WRONG_VERSION_NUMBER: ({ host }) => `it does not speak TLS: write http://${host}`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ({ host }) => `it does not speak TLS: write http://${host}`,
  CERT_HAS_EXPIRED: () => "its certificate has expired: renew it on the server",
  ERR_TLS_CERT_ALTNAME_INVALID: () => "its certificate is for another name: use a name that the certificate has",
};
const UNTRUSTED = /^(?:SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY))/;

/** What to do about a refusal, by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  "execution-not-found": "capstan execution list shows what the server has",
  "inputs-invalid": "give inputs with --input id=value",
};

/** A request without an answer, as a mistake that says why and what to do. */
export function silenceOf(address: URL, error: unknown): Mistake {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  const reason = cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
  const remedy = UNTRUSTED.test(reason)
    ? "nobody here trusts its certificate: set NODE_EXTRA_CA_CERTS to the file of its authority"
    : (SILENCES[reason]?.(address) ?? NAME_IT);
  return new Mistake(`no server answers at ${address.origin} (${reason}) — ${remedy}`, { cause: error, exitCode: 1 });
}

/** An answer that refuses, in the server's own words and with a remedy. 2 when what was sent is not right. */
export async function refusalOf(response: Response, address: URL, isIdentified: boolean): Promise<Mistake> {
  const { status, statusText } = response;
  const body = await response.text();
  const problem = problemOf(body);
  if (problem === undefined || (status === 404 && !isAboutAThing(problem.code)))
    return new Mistake(
      `${address.origin} answers ${status} ${statusText} to ${address.pathname}: no API of Capstan — ${NAME_IT}`,
      { exitCode: 1 },
    );
  const lines = [...new Set(problem.text.split("\n"))].join("\n");
  const remedy = status === 401 ? loginRemedy(isIdentified) : REMEDIES[problem.code ?? ""];
  return new Mistake(`${status} ${lines}${remedy === undefined ? "" : ` — ${remedy}`}`, {
    exitCode: status === 400 || status === 422 ? 2 : 1,
  });
}

function loginRemedy(isIdentified: boolean): string {
  const how = "give --user name:password or CAPSTAN_USER, or a token with --token or CAPSTAN_TOKEN";
  return isIdentified ? `the server does not accept what was sent: ${how}` : how;
}

/** A route that is not there is told by another code than a thing that is not there. */
function isAboutAThing(code: string | undefined): boolean {
  return code !== undefined && code !== "route-not-found";
}

function problemOf(body: string): { readonly code: string | undefined; readonly text: string } | undefined {
  try {
    const { code, detail, message } = JSON.parse(body) as Readonly<Record<string, string | undefined>>;
    const text = detail ?? message;
    return text === undefined ? undefined : { code, text };
  } catch {
    return undefined;
  }
}
