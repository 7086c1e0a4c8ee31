import { TaskFailure } from "@capstan/sdk";
import { cut, type HttpResponse, firstBytesOf } from "@capstan/sdk/http";
import { z } from "zod";

const ANSWER_BYTES_MAX = 65_536;
const SHOWN_CHARACTERS = 2_000;

/** A service of Google refused a request. */
export class GoogleFailure extends TaskFailure {
  readonly status: number;
  /** Google's word for it, such as `notFound`; undefined where the answer tells none. */
  readonly reason: string | undefined;
  constructor(message: string, status: number, reason: string | undefined) {
    super(message);
    this.name = "GoogleFailure";
    this.status = status;
    this.reason = reason;
  }
}

const errorAnswer = z.object({
  error: z.object({
    message: z.string(),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().optional() })).optional(),
  }),
});

const ADVICE: Readonly<Record<number, string>> = {
  401: "Check that the key of `serviceAccount` still exists, or that `accessToken` is still good.",
  403: "Check the roles of the service account, and that the API is enabled in the project.",
};

/** The failure of a request that was refused: `what` is a clause such as "Reading gs://bucket/name". Reads the answer. */
export async function googleFailure(what: string, response: HttpResponse, advice?: string): Promise<GoogleFailure> {
  const { status } = response;
  const text = await firstBytesOf(response, ANSWER_BYTES_MAX);
  const { message, reason } = toldBy(text);
  const facts = reason === undefined ? `HTTP ${status}` : `HTTP ${status}, ${reason}`;
  const toDo = advice ?? ADVICE[status];
  return new GoogleFailure(
    `${what} failed: ${message.replace(/\.$/, "")} (${facts})${toDo === undefined ? "." : `. ${toDo}`}`,
    status,
    reason,
  );
}

/** Undefined for another kind of failure. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof GoogleFailure ? error.status : undefined;
}

function toldBy(text: string): { readonly message: string; readonly reason: string | undefined } {
  try {
    const { message, status, errors } = errorAnswer.parse(JSON.parse(text)).error;
    return { message: cut(message.trim(), SHOWN_CHARACTERS), reason: errors?.[0]?.reason ?? status };
  } catch {
    // Media of Cloud Storage, and whatever stands before the service, answer in plain text.
    const plain = text.trim();
    return { message: plain === "" ? "the server tells no reason" : cut(plain, SHOWN_CHARACTERS), reason: undefined };
  }
}
