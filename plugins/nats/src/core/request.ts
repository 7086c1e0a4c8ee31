import { anyValue, defineTask, duration, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties, withNats } from "../connection.ts";
import { headersOf, sentOf } from "../message.ts";

/** Sends a message and waits for its answer. */
export const request = defineTask({
  type: "io.kestra.plugin.nats.core.Request",
  aliases: ["io.kestra.plugin.nats.Request"],
  title: "Ask a service of NATS",
  description: "Fails when nobody answers.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      subject: text().describe("Subject that the service listens to."),
      from: anyValue().describe("What to ask: a text, or a map with `data` and, if need be, `headers`."),
      requestTimeout: duration().default(5_000).describe("How long to wait for the answer. Default: PT5S."),
    }),
  outputs: () => z.object({ response: z.string().describe("What the answer holds, as text.") }),
  examples: [
    {
      title: "Ask what something costs",
      code:
        "id: price\ntype: io.kestra.plugin.nats.core.Request\nurl: nats://nats.example.com:4222\nsubject: prices.book\n" +
        "from: book\nrequestTimeout: PT2S\n",
    },
  ],
  async run(context) {
    const { from, subject, requestTimeout: timeout } = context.properties;
    const message = sentOf(from);
    return withNats(context, async (connection) => {
      try {
        const answer = await connection.request(subject, message.data, { timeout, ...(await headersOf(message)) });
        return { response: answer.string() };
      } catch (error) {
        throw new TaskFailure(await failureOf(error, subject, timeout), { cause: error });
      }
    });
  },
});

async function failureOf(error: unknown, subject: string, timeoutMs: number): Promise<string> {
  const { errors } = await import("@nats-io/transport-node");
  const isFor = (kind: abstract new (...given: never[]) => Error) =>
    error instanceof kind || (error instanceof Error && error.cause instanceof kind);
  if (isFor(errors.NoRespondersError))
    return `Nobody listens to ${subject}. Start the service, or see whether the subject is right.`;
  if (isFor(errors.TimeoutError))
    return `Nobody answered ${subject} within ${timeoutMs} ms, which is \`requestTimeout\`.`;
  return `The question to ${subject} failed: ${error instanceof Error ? error.message : String(error)}`;
}
