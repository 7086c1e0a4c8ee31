import { dynamic, type TaskContext } from "@capstan/sdk";
import { z } from "zod";
import type { RequestProperties } from "./request-properties.ts";

const HEADER = "Idempotency-Key";
/** Methods that change nothing, so that a repeat does no harm. */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

export const idempotencyKeyProperty = () =>
  dynamic(z.enum(["NONE", "TASK_RUN", "ATTEMPT"]))
    .default("NONE")
    .describe(
      "The header `Idempotency-Key` of a request that changes something: TASK_RUN sends the same for all tries, ATTEMPT another one for each retry.",
    );

interface KeyedProperties extends RequestProperties {
  readonly idempotencyKey: "NONE" | "TASK_RUN" | "ATTEMPT";
}

/** The properties with the header that they ask for; one that is written in `headers` goes before it. */
export function withIdempotencyKey({
  properties,
  identity,
}: Pick<TaskContext<KeyedProperties>, "properties" | "identity">): RequestProperties {
  const { idempotencyKey: kind, headers = {}, method } = properties;
  const isWritten = Object.keys(headers).some((name) => name.toLowerCase() === HEADER.toLowerCase());
  if (kind === "NONE" || isWritten || SAFE_METHODS.has(method.trim().toUpperCase())) return properties;
  const key = kind === "TASK_RUN" ? identity.idempotencyKey : identity.attemptKey;
  return { ...properties, headers: { ...headers, [HEADER]: key } };
}
