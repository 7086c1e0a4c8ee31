import { TaskFailure } from "../definition.ts";
import type { HttpResponse } from "./client.ts";

const ERROR_BODY_CHARACTERS = 2_000;

/** A server answered with a status that was not hoped for. */
export class StatusFailure extends TaskFailure {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/**
 * The failure of a request whose status is none that was hoped for; shows the beginning of the server's answer, which is read, and
 * behind it the advice, if there is one.
 */
export async function failedStatus(what: string, response: HttpResponse, advice?: string): Promise<StatusFailure> {
  const text = (await beginningOf(response)).trim();
  const answer = text === "" ? "no body" : `the body: ${cut(text, ERROR_BODY_CHARACTERS)}`;
  const toDo = advice === undefined ? "" : ` — ${advice}`;
  return new StatusFailure(`${what} failed with status ${response.status} and ${answer}${toDo}`, response.status);
}

/** The beginning of an answer that tells of an error, as text: little more than so many bytes. */
export async function firstBytesOf({ body }: HttpResponse, bytesMax: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > bytesMax) break;
  }
  return Buffer.concat(pieces).toString("utf8");
}

async function beginningOf({ body }: HttpResponse): Promise<string> {
  let text = "";
  body.setEncoding("utf8");
  for await (const piece of body) {
    text += piece as string;
    if (text.length > ERROR_BODY_CHARACTERS) break;
  }
  return text;
}

export function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}
