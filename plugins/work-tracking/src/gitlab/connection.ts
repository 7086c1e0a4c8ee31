import { secret, type TaskContext, text } from "@capstan/sdk";
import { addressBelow, callVendor, pathPart, type VendorAnswer, type VendorCall } from "@capstan/sdk/http";

/** Who asks, where, and about which project, for all types of GitLab. */
export const connection = () => ({
  url: text().default("https://gitlab.com").describe("Address of GitLab. Default: https://gitlab.com."),
  token: secret().describe("A personal, group or project access token with the scope `api`."),
  projectId: text().describe("The project: its number, or its path such as acme/billing."),
  apiPath: text().default("/api/v4/projects").describe("Path of the API for projects. Default: /api/v4/projects."),
});

export interface GitlabConnection {
  readonly url: string;
  readonly token: string;
  readonly projectId: string;
  readonly apiPath: string;
}

/** Calls the API for something of the project. Throws `TaskFailure` as `callVendor` does. */
export async function callGitlab<Answer>(
  { properties, signal }: Pick<TaskContext<GitlabConnection>, "properties" | "signal">,
  {
    path,
    ...call
  }: Pick<VendorCall<Answer>, "what" | "params" | "body" | "answer" | "adviceFor"> & { readonly path: string },
): Promise<VendorAnswer<Answer>> {
  const { url, token, projectId, apiPath } = properties;
  // The path of a project may be written as the API has it already, with %2F.
  const project = pathPart("projectId", projectId.replaceAll(/%2F/gi, "/"));
  return callVendor(signal, {
    ...call,
    url: addressBelow(url, `/${apiPath.trim().replaceAll(/^\/+|\/+$/g, "")}/${project}${path}`),
    headers: { "PRIVATE-TOKEN": token },
    adviceFor: (status, header) =>
      call.adviceFor?.(status, header) ??
      (status === 404
        ? "Check `projectId`, and that the token may see the project: GitLab answers the same for what is hidden from it."
        : undefined),
  });
}
