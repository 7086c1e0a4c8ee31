import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { serdeType } from "./message.ts";

/** Properties of what takes messages from a queue. */
export const consumingProperties = () => ({
  ...connectionProperties(),
  queue: text().describe("Queue to take messages from."),
  serdeType: serdeType(),
});

export const consumerTag = () =>
  text().default("Kestra").describe("Name that the broker shows for the reader. Default: Kestra.");

export const autoAck = () => dynamic(z.boolean()).default(false);
