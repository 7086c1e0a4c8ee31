import { parseJsonValue, TaskFailure } from "@capstan/sdk";
import type { Reply } from "./question.ts";

/** Models that are only told to answer in JSON like to put it into a block of code. */
const CODE_BLOCK = /^\s*```(?:json)?\s*\n(.*?)\n?```\s*$/is;

/** The JSON of an answer as a text, without the block of code that may be around it. */
export function jsonText({ text }: Reply): string {
  return (CODE_BLOCK.exec(text)?.[1] ?? text).trim();
}

/** The value of an answer in JSON. Throws `TaskFailure`, which keeps the answer, when it is none. */
export function answeredJson(reply: Reply): unknown {
  try {
    return parseJsonValue(jsonText(reply));
  } catch (error) {
    const cut = reply.finishReason === "LENGTH" ? " It is not complete: raise `configuration.maxToken`." : "";
    throw new TaskFailure(`The model was asked for JSON, and answered with what is none.${cut}`, {
      cause: error,
      outputs: { textOutput: reply.text, finishReason: reply.finishReason },
    });
  }
}
