import { dynamic, listOrText } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { serdeType } from "./payload.ts";

/** Properties of what receives messages. */
export const subscriptionProperties = () => ({
  ...connectionProperties(),
  topic: listOrText().describe("Topics, one or a list; `+` stands for one level, `#` at the end for all below."),
  serdeType: serdeType()
    .default("JSON")
    .describe(
      "What payloads are: JSON, STRING, or BYTES (as Base64). Default: JSON; what is none is handed on as text.",
    ),
  qos: dynamic(z.union([z.literal(0), z.literal(1), z.literal(2)]))
    .default(1)
    .describe(
      "0 for at most once, 1 for at least once. 2 is taken as 1: what comes of a message may come twice. Default: 1.",
    ),
});

/** The quality of service that is asked of the broker: with 2 it gives no message again that it was told of before it was kept. */
export function askedQos(qos: 0 | 1 | 2): 0 | 1 {
  return qos === 0 ? 0 : 1;
}

/** What is told of one message. */
export const messageOutputs = () =>
  z.object({
    id: z.int().describe("Number of the message within its connection; 0 with `qos: 0`."),
    topic: z.string().describe("Topic that it was published to."),
    qos: z.int().describe("Quality of service that it came with."),
    payload: z.unknown().describe("What it holds."),
    retain: z.boolean().describe("Whether the broker had kept it for those who subscribe later."),
    responseTopic: z.string().optional().describe("Where an answer is expected."),
    correlationData: z.string().optional().describe("What the answer is to be recognised by."),
  });
