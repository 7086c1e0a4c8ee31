import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { EVALUATION_MS_MAX, SEQUENCE_LENGTH_MAX } from "./evaluator.ts";

/** What each task says of its language. */
export const LANGUAGE =
  `Expressions are [JSONata](https://docs.jsonata.org/). One takes at most ${EVALUATION_MS_MAX / 1_000} seconds for one value, and makes lists of at most ` +
  `${SEQUENCE_LENGTH_MAX} elements. Regular expressions run in bounded time.`;

export const jsonataProperties = () => ({
  expression: text().describe("The expression, over the value as `$`."),
  maxDepth: dynamic(z.int().min(1)).default(1_000).describe("How deep calls may be nested."),
});
