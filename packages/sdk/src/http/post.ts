import type { TaskContext } from "../context.ts";
import { addressOf } from "./address.ts";
import { failedStatus } from "./answer.ts";
import { textBody } from "./body.ts";
import type { ExchangeOptions } from "./options.ts";
import { send } from "./send.ts";

export interface Posting {
  /** What is posted, for a message such as `Posting to Slack failed with status 404 …`. */
  readonly what: string;
  readonly url: string;
  /** JSON. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly options: ExchangeOptions;
}

/**
 * Posts a text to a service, whose answer is not read. Whoever knows the address of such a service may often post to it, so no
 * message shows its path or query. Throws `TaskFailure` when nobody answers, and for a status from 400 on.
 */
export async function post(
  { signal, mask }: Pick<TaskContext<unknown>, "signal" | "mask">,
  { what, url: written, body, headers, options }: Posting,
): Promise<void> {
  const url = addressOf(written);
  for (const part of [url.pathname, url.search]) if (part.length > 1) mask(part);
  const request = { method: "POST", url, headers, body: textBody(body, "application/json") };
  const response = await send(request, options, signal);
  if (response.status >= 400) throw await failedStatus(what, response);
  response.body.destroy();
}
