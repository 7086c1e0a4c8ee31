import { secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import {
  addressBelow,
  type ApiAnswer,
  callVendor,
  given,
  laterAdvice,
  type VendorAnswer,
  type VendorCall,
} from "@capstan/sdk/http";

const PUBLIC_API = "https://api.github.com";
const HEADERS = { Accept: "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28" };

/** Who asks, and where, for all types of GitHub. */
export const connection = () => ({
  oauthToken: secret()
    .optional()
    .describe(
      "A personal access token (classic or fine-grained), or one of an OAuth app. It goes before the other two.",
    ),
  jwtToken: secret().optional().describe("A JSON web token of a GitHub App. It goes before `appInstallationToken`."),
  appInstallationToken: secret().optional().describe("A token of an installation of a GitHub App."),
  login: text().optional().describe("Name of the account. A token says whose it is, so this changes nothing."),
  endpoint: text()
    .default(PUBLIC_API)
    .describe(
      "Address of the API. Default: https://api.github.com. For GitHub Enterprise Server: https://HOST/api/v3, for GitHub Enterprise " +
        "Cloud with data residency: https://api.NAME.ghe.com.",
    ),
});

export interface GithubConnection {
  readonly oauthToken?: string | undefined;
  readonly jwtToken?: string | undefined;
  readonly appInstallationToken?: string | undefined;
  readonly endpoint: string;
}

export interface GithubCall<Answer> extends Pick<
  VendorCall<Answer>,
  "what" | "method" | "params" | "body" | "answer" | "adviceFor"
> {
  readonly path: string;
}

/** Calls the REST API of GitHub, without a token as nobody. Throws `TaskFailure` as `callVendor` does. */
export async function callGithub<Answer>(
  { properties, signal, now }: Pick<TaskContext<GithubConnection>, "properties" | "signal" | "now">,
  { path, adviceFor: special, ...call }: GithubCall<Answer>,
): Promise<VendorAnswer<Answer>> {
  const { oauthToken, jwtToken, appInstallationToken, endpoint } = properties;
  const token = given(oauthToken) ?? given(jwtToken) ?? given(appInstallationToken);
  return callVendor(signal, {
    ...call,
    url: addressBelow(given(endpoint) ?? PUBLIC_API, path),
    headers: { ...HEADERS, ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    adviceFor: (status, header) =>
      limitAdvice(status, header, now()) ?? special?.(status, header) ?? adviceFor(status, token !== undefined),
  });
}

/** The path below which a repository is. Throws `TaskFailure` for what is not written as `owner/name`. */
export function repositoryPath(repository: string): string {
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository.trim()) ?? [];
  if (owner === undefined || name === undefined || [owner, name].some((part) => part === "." || part === ".."))
    throw new TaskFailure(`\`repository\` is "${repository}". Write it as owner/name, such as octocat/hello-world.`);
  return `/repos/${owner}/${name}`;
}

/**
 * GitHub answers 403 as well as 429 to too many requests. Its headers tell which limit it was, and how long it holds: the secondary one, of
 * bursts, for `retry-after` seconds; that of an hour or a minute until `x-ratelimit-reset`, in epoch seconds.
 */
function limitAdvice(status: number, header: ApiAnswer["header"], nowMs: number): string | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const seconds = header("retry-after");
  if (seconds !== undefined)
    return `GitHub's secondary rate limit, of many requests at once, is reached. ${laterAdvice(seconds)}`;
  if (header("x-ratelimit-remaining") !== "0") return undefined;
  const left = Math.max(1, Math.ceil(Number(header("x-ratelimit-reset")) - nowMs / 1_000));
  return (
    `GitHub's rate limit (${header("x-ratelimit-resource") ?? "core"}: ${header("x-ratelimit-limit") ?? "?"} requests) is used up. ` +
    laterAdvice(String(left))
  );
}

function adviceFor(status: number, hasToken: boolean): string | undefined {
  if (!hasToken && (status === 401 || status === 403 || status === 404))
    return "The request had no token. Give `oauthToken`, or that of a GitHub App.";
  if (status === 404)
    return "Check the names, and that the token may see the repository: GitHub answers the same for what is hidden from it.";
  return undefined;
}
