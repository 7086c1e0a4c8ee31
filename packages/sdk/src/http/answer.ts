import { TaskFailure } from "../definition.ts";
import type { HttpResponse } from "./client.ts";

const ERROR_BODY_CHARACTERS = 2_000;

/** The failure of a request whose status is none that was hoped for; shows the beginning of the server's answer, which is read. */
export async function failedStatus(what: string, response: HttpResponse): Promise<TaskFailure> {
  const text = (await beginningOf(response, ERROR_BODY_CHARACTERS)).trim();
  const answer = text === "" ? "no body" : `the body: ${cut(text, ERROR_BODY_CHARACTERS)}`;
  return new TaskFailure(`${what} failed with status ${response.status} and ${answer}`);
}

/** At least so many characters of the body, where there are as many; the rest is not read. */
export async function beginningOf({ body }: Pick<HttpResponse, "body">, characters: number): Promise<string> {
  let text = "";
  body.setEncoding("utf8");
  for await (const piece of body) {
    text += piece as string;
    if (text.length > characters) break;
  }
  return text;
}

export function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}
