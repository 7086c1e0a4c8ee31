/** Where known servers show a commit, by a part of their names. */
const PAGES: readonly (readonly [RegExp, string])[] = [
  [/gitlab/i, "/-/commit/"],
  [/bitbucket/i, "/commits/"],
  [/./, "/commit/"],
];

/** The page of a commit, as GitHub, GitLab, Gitea and Bitbucket have it; undefined for servers without pages. */
export function commitUrl(remote: string, commitId: string): string | undefined {
  const [, host, path] =
    /^https?:\/\/([^/]+)\/(.+?)(?:\.git)?\/?$/.exec(remote) ??
    /^(?:ssh:\/\/)?(?:[^@/]+@)?([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?\/?$/.exec(remote) ??
    [];
  if (host === undefined || path === undefined || remote.startsWith("git:")) return undefined;
  const page = PAGES.find(([pattern]) => pattern.test(host))?.[1] ?? "/commit/";
  const scheme = remote.startsWith("http:") ? "http" : "https";
  return `${scheme}://${host}/${path}${page}${commitId}`;
}
