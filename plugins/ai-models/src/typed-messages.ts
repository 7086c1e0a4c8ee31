import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";

/** `messages` as a list of `{type, content}`, with the types that a model knows. */
export function typedMessages<const Types extends readonly [string, ...string[]]>(types: Types) {
  const message = z.object({
    type: dynamic(z.enum(types)).describe(`Who says it: ${types.join(", ")}.`),
    content: text().describe("What is said."),
  });
  return dynamic(z.array(message)).describe("The conversation so far, oldest message first.");
}

/** Such messages, as the API of chat completions has them. */
export function chatMessages(
  messages: readonly { readonly type: "SYSTEM" | "ASSISTANT" | "USER"; readonly content: string }[],
): { readonly role: string; readonly content: string }[] {
  return messages.map(({ type, content }) => ({ role: type.toLowerCase(), content }));
}
