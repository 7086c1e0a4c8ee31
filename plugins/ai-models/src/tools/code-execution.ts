import { secret, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callApi, exchangeOptions } from "@capstan/sdk/http";
import { z } from "zod";
import { oneText, textGiven, toolKind } from "./tool-kind.ts";

const BASE_URL = "https://judge0-ce.p.rapidapi.com";
/** How Judge0 numbers JavaScript of Node 22. */
const JAVASCRIPT = 102;
/** How long a program may take, in milliseconds. */
const RUN_MS_MAX = 60_000;

const answer = z.looseObject({
  stdout: z.string().nullish(),
  stderr: z.string().nullish(),
  compile_output: z.string().nullish(),
  status: z.looseObject({ description: z.string() }).nullish(),
});

export const codeExecution = toolKind({
  type: "ai.tool.CodeExecution",
  aliases: [],
  title: "Run JavaScript at Judge0",
  properties: () =>
    z.object({
      apiKey: secret().describe("Key for Judge0 at RapidAPI."),
      baseUrl: text()
        .default(BASE_URL)
        .describe(`Address of Judge0, for one of your own. A property of Capstan's own. Default: ${BASE_URL}.`),
    }),
  make: ({ signal }, { apiKey, baseUrl }) => {
    const spec = {
      name: "execute_javascript",
      description:
        "Runs a program in JavaScript, for what is better computed than guessed. Answers with what it printed.",
      parameters: oneText("code", "The program. It prints its result with console.log."),
    };
    const call = async (input: Readonly<Record<string, unknown>>) => {
      const source = Buffer.from(textGiven(input, "code")).toString("base64");
      const answered = await callApi(signal, {
        what: "Judge0",
        url: addressBelow(baseUrl, "/submissions"),
        params: { base64_encoded: "true", wait: "true", fields: "stdout,stderr,compile_output,status" },
        headers: { "X-RapidAPI-Key": apiKey },
        body: { language_id: JAVASCRIPT, source_code: source },
        options: { ...exchangeOptions({}, RUN_MS_MAX), followsRedirects: false },
      });
      const read = answer.safeParse(answered);
      if (!read.success) throw new TaskFailure("Judge0 answered with what is no result of a program.");
      const { stdout, stderr, compile_output: compiled, status } = read.data;
      const wrong = decoded(stderr) + decoded(compiled);
      if (wrong !== "") throw new TaskFailure(`${status?.description ?? "It went wrong"}: ${wrong}`);
      return decoded(stdout);
    };
    return { tools: [{ spec, call }] };
  },
});

function decoded(base64: string | null | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString("utf8");
}
