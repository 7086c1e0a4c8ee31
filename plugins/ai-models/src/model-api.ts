import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { callApi, type ExchangeOptions, exchangeOptions, type Parameters, type RequestBody } from "@capstan/sdk/http";
import { z } from "zod";

/** How long an answer may take where the task has no property for it, in milliseconds. */
export const ANSWER_MS_MAX = 600_000;

export interface ModelCall<Answer> {
  /** Who is called, for messages such as `OpenAI failed with status 429 …`. */
  readonly vendor: string;
  /** Address of the API, up to its version. */
  readonly baseUrl: string;
  /** Behind it, such as `/chat/completions`. */
  readonly path: string;
  readonly method?: string;
  readonly params?: Parameters;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly content?: RequestBody;
  /** What is read of the answer; it only checks, and changes nothing. */
  readonly answer: z.ZodType<Answer>;
  /** Milliseconds until the whole answer must be there, and what to raise when it isn't. */
  readonly limit?: { readonly waitMs: number; readonly raise: string };
  readonly options?: ExchangeOptions;
}

/**
 * Calls an API of models. Throws `TaskFailure` with what to do about it when it refuses, takes too long, or answers with what is none of
 * its documented answers. A redirect is none: it could lead the key of a header to another server.
 */
export async function callModel<Answer>(
  { signal }: Pick<TaskContext<unknown>, "signal">,
  call: ModelCall<Answer>,
): Promise<Answer> {
  const { vendor, baseUrl, path, answer, limit = { waitMs: ANSWER_MS_MAX, raise: "" }, options, ...request } = call;
  const { waitMs, raise } = limit;
  const tooLate = AbortSignal.timeout(waitMs);
  try {
    const answered = await callApi(AbortSignal.any([signal, tooLate]), {
      ...request,
      what: vendor,
      url: `${baseUrl.trim().replace(/\/+$/, "")}${path}`,
      adviceFor: (status) => adviceFor(vendor, status),
      options: options ?? { ...exchangeOptions({}, waitMs * 2), followsRedirects: false },
    });
    return checked(vendor, answer, answered);
  } catch (error) {
    if (signal.aborted || !tooLate.aborted) throw error;
    const advice = raise === "" ? "Ask for less at once" : `Raise ${raise}, or ask for less`;
    throw new TaskFailure(`${vendor} has not answered within ${waitMs / 1_000} s. ${advice}.`, { cause: error });
  }
}

function checked<Answer>(vendor: string, schema: z.ZodType<Answer>, answered: unknown): Answer {
  const read = schema.safeParse(answered);
  // Not `read.data`, whose fields stand in another order: people see the answer as the vendor gave it.
  if (read.success) return answered as Answer;
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  throw new TaskFailure(
    `${vendor} answered with what its API is not known to answer${where}. Check that the address is that of the API.`,
  );
}

const REFUSED = "Check the key: that it is complete, still valid, and may use this model.";
const BUSY = "Give the task a `retry` with an interval that grows.";

/** What to do about a status, for all that are known to have a remedy. */
function adviceFor(vendor: string, status: number): string | undefined {
  if (status === 401 || status === 403) return REFUSED;
  if (status === 404) return "Check the model, and the address if it was given.";
  if (status === 413) return "Send less at once.";
  if (status === 429) return `The limit of requests or tokens, or the credit, of the account is used up. ${BUSY}`;
  if (status >= 500) return `${vendor} is overloaded or out of order. ${BUSY}`;
  return undefined;
}
