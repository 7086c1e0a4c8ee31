import type { TaskContext } from "@capstan/sdk";
import { post } from "@capstan/sdk/http";
import type { z } from "zod";
import { postOptions, type requestOptions } from "./request-options.ts";

/** A request that tells a service something. */
export interface Telling {
  readonly url: string;
  /** JSON, or a text where the service wants something else. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts it as `options` say. Throws `TaskFailure` that names the service when it is refused. */
export async function postTelling(
  context: Pick<TaskContext<unknown>, "signal" | "mask">,
  service: string,
  { url, body, headers }: Telling,
  options: z.output<ReturnType<typeof requestOptions>>,
): Promise<void> {
  const how = postOptions(options);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  await post(context, {
    what: `Posting to ${service}`,
    url,
    body: text,
    ...how,
    headers: { ...headers, ...how.headers },
  });
}
