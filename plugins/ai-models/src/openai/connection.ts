import { dynamic, secret, text } from "@capstan/sdk";
import { z } from "zod";
import { bearer } from "../chat-completions.ts";

const BASE_URL = "https://api.openai.com/v1";
const TIMEOUT_SECONDS = 10;
const TIMEOUT_SECONDS_MAX = 86_400;

/** What all tasks of OpenAI have in common. */
export const connection = () => ({
  apiKey: secret().describe("Key of the API."),
  baseUrl: text()
    .default(BASE_URL)
    .describe(
      `Address of the API up to its version, for servers that speak as OpenAI does: Ollama, vLLM, a proxy. A property of Capstan's own. Default: ${BASE_URL}.`,
    ),
  clientTimeout: dynamic(z.number().positive().max(TIMEOUT_SECONDS_MAX))
    .default(TIMEOUT_SECONDS)
    .describe(
      `Seconds until the whole answer must be there, up to ${TIMEOUT_SECONDS_MAX}. Models that think need more than the default. Default: ${TIMEOUT_SECONDS}.`,
    ),
  user: text().optional().describe("Who it is asked for, so that OpenAI can tell abuse."),
});

interface Connection {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly clientTimeout: number;
}

/** Whom to call, as whom, and how long to wait. */
export function calling({ apiKey, baseUrl, clientTimeout }: Connection) {
  const limit = { waitMs: Math.ceil(clientTimeout * 1_000), raise: "`clientTimeout`" };
  return { vendor: "OpenAI", baseUrl, headers: bearer(apiKey), limit };
}
