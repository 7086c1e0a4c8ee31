import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { callVendor } from "@capstan/sdk/http";
import { z } from "zod";

export interface LinearConnection {
  readonly endpoint: string;
  readonly token: string;
}

const ERRORS_SHOWN = 3;

/** Asks the API a question in GraphQL. Throws `TaskFailure` with the reasons when it refuses, which it may do with status 200. */
export async function callLinear<Data>(
  { properties, signal }: Pick<TaskContext<LinearConnection>, "properties" | "signal">,
  {
    what,
    query,
    variables,
    data,
  }: {
    readonly what: string;
    readonly query: string;
    readonly variables: Readonly<Record<string, unknown>>;
    readonly data: z.ZodType<Data>;
  },
): Promise<Data> {
  const { endpoint, token } = properties;
  const { value } = await callVendor(signal, {
    what,
    url: endpoint,
    headers: { Authorization: authorizationOf(token) },
    body: { query, variables },
    answer: z.union([z.object({ errors: z.array(z.object({ message: z.string() })).min(1) }), z.object({ data })]),
    adviceFor: (status) =>
      status === 400
        ? "Check the token and its rights. A limit of requests is refused so as well: give the task a `retry` then."
        : undefined,
  });
  if ("errors" in value) {
    const reasons = value.errors.slice(0, ERRORS_SHOWN).map(({ message }) => message);
    throw new TaskFailure(`${what} was refused by Linear: ${reasons.join("; ")}`);
  }
  return value.data;
}

/** Keys of people are sent as they are, tokens of OAuth applications as bearers. */
function authorizationOf(token: string): string {
  const written = token.trim();
  return /^(?:lin_api_|Bearer )/i.test(written) ? written : `Bearer ${written}`;
}
