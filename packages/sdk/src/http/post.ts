import type { TaskContext } from "../context.ts";
import { addressOf } from "./address.ts";
import { beginningOf, failedStatus } from "./answer.ts";
import { textBody } from "./body.ts";
import type { ExchangeOptions } from "./options.ts";
import { send } from "./send.ts";

/** Characters of an answer that are read; services that take messages answer with a few words. */
const ANSWER_CHARACTERS = 100_000;

export interface Posting {
  /** What is posted, for a message such as `Posting to Slack failed with status 404 …`. */
  readonly what: string;
  readonly url: string;
  readonly body: string;
  /** By default JSON. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly options: ExchangeOptions;
}

/**
 * Posts a text to a service; answers the beginning of what that says. Whoever knows the address of such a service may often post to it, so no
 * message shows its path or query. Throws `TaskFailure` when nobody answers, and for a status from 400 on.
 */
export async function post(
  { signal, mask }: Pick<TaskContext<unknown>, "signal" | "mask">,
  { what, url: written, body, contentType = "application/json", headers = {}, options }: Posting,
): Promise<string> {
  const url = addressOf(written);
  for (const part of [url.pathname, url.search]) if (part.length > 1) mask(part);
  const response = await send({ method: "POST", url, headers, body: textBody(body, contentType) }, options, signal);
  if (response.status >= 400) throw await failedStatus(what, response);
  return beginningOf(response, ANSWER_CHARACTERS);
}
