import type { z } from "zod";
import { TaskFailure } from "../definition.ts";
import { type ApiAnswer, type ApiCall, askApi } from "./call-api.ts";
import { exchangeOptions } from "./options.ts";

export interface VendorCall<Answer> extends Omit<ApiCall, "options" | "adviceFor"> {
  readonly options?: ApiCall["options"];
  /** What is read of the answer; it only checks, and changes nothing. */
  readonly answer: z.ZodType<Answer>;
  /** What to do about a status, where the vendor has a remedy of its own for it. */
  readonly adviceFor?: ApiCall["adviceFor"];
}

export interface VendorAnswer<Answer> extends ApiAnswer {
  readonly value: Answer;
}

/**
 * Calls the API of a vendor. Throws `TaskFailure` with what to do about it when the vendor refuses, and for what is none of its
 * documented answers: whoever redirects to a page for people has not done what was asked.
 */
export async function callVendor<Answer>(
  signal: AbortSignal,
  { answer: schema, options, adviceFor: special, ...call }: VendorCall<Answer>,
): Promise<VendorAnswer<Answer>> {
  const answered = await askApi(signal, {
    ...call,
    options: options ?? exchangeOptions({}),
    adviceFor: (status, header) => special?.(status, header) ?? adviceFor(status, header),
  });
  const read = schema.safeParse(answered.value);
  // Not `read.data`, which lacks the fields that nothing here reads.
  if (read.success) return { ...answered, value: answered.value as Answer };
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  throw new TaskFailure(
    `${call.what} was answered with what the API is not known to answer${where}. Check that the address is that of the API.`,
  );
}

/** What is known of no vendor in particular. */
function adviceFor(status: number, header: ApiAnswer["header"]): string | undefined {
  if (status === 401) return "Check the credentials: that they are complete, still valid, and for this server.";
  if (status === 403) return "The credentials are valid, but may not do this. Give them the right to, or take others.";
  if (status === 429) return `Too many requests. ${laterAdvice(header("retry-after"))}`;
  if (status >= 500) return `The service is overloaded or out of order. ${laterAdvice(header("retry-after"))}`;
  return undefined;
}

/** To do something later, after so many seconds if they are known. */
export function laterAdvice(seconds: string | undefined): string {
  const isKnown = seconds !== undefined && /^\d+$/.test(seconds);
  return isKnown
    ? `Give the task a \`retry\` with an interval of at least PT${seconds}S.`
    : "Give the task a `retry` with an interval that grows.";
}

/**
 * A value as one part of a path. Throws `TaskFailure` for what would make another path of it: with no id, a request for one record is one
 * for all of them.
 */
export function pathPart(property: string, value: string): string {
  const part = value.trim();
  if (part === "" || part === "." || part === "..")
    throw new TaskFailure(
      `\`${property}\` is ${part === "" ? "empty" : `"${part}"`}. Give it the name or id that is meant.`,
    );
  return encodeURIComponent(part);
}

/** What was given, unless it is empty, as expressions for what may be missing are. */
export function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}

/** The address of a server that may be written with its name alone. */
export function serverAddress(written: string): string {
  const name = written.trim();
  return /^https?:\/\//i.test(name) ? name : `https://${name}`;
}
