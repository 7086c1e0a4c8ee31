import { secret, type TaskContext, text } from "@capstan/sdk";
import { addressBelow, callVendor, given, pathPart, type VendorCall } from "@capstan/sdk/http";

/** Who asks, and where, for all types of Open Policy Agent. */
export const connection = () => ({
  url: text().describe("Address of OPA, such as http://opa:8181."),
  token: secret().optional().describe("Bearer token, where OPA wants one (`--authentication=token`)."),
});

export interface OpaConnection {
  readonly url: string;
  readonly token?: string | undefined;
}

/** Calls OPA. Throws `TaskFailure` as `callVendor` does. */
export async function callOpa<Answer>(
  { properties, signal }: Pick<TaskContext<OpaConnection>, "properties" | "signal">,
  call: Pick<VendorCall<Answer>, "what" | "method" | "params" | "body" | "content" | "answer"> & {
    readonly path: string;
  },
): Promise<Answer> {
  const { path, ...rest } = call;
  const token = given(properties.token);
  const { value } = await callVendor(signal, {
    ...rest,
    url: addressBelow(properties.url, path),
    ...(token !== undefined && { headers: { Authorization: `Bearer ${token.trim()}` } }),
    adviceFor: (status) =>
      status === 400 ? "`errors` says where in the policy or its input the mistake is." : undefined,
  });
  return value;
}

/** What may have slashes as a path, each part of it encoded. Throws `TaskFailure` as `pathPart` does. */
export function opaPath(property: string, written: string): string {
  const parts = written
    .trim()
    .replaceAll(/^\/+|\/+$/g, "")
    .split("/");
  return parts.map((part) => pathPart(property, part)).join("/");
}
