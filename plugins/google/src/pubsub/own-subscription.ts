import { createHash } from "node:crypto";
import type { PollingContext } from "@capstan/sdk";

type Context = Pick<
  PollingContext<{ readonly subscription?: string | undefined }>,
  "properties" | "namespace" | "flowId" | "triggerId"
>;

/** The longest name that is written out, in characters: Pub/Sub takes 255. */
const NAME_LENGTH_MAX = 200;

/** The subscription that is given, or the one that belongs to the trigger: the same for ever, and no other trigger's. */
export function ownSubscription({ properties, namespace, flowId, triggerId }: Context): string {
  const given = properties.subscription ?? "";
  if (given !== "") return given;
  const whole = `capstan.${namespace}.${flowId}.${triggerId}`;
  // Names of one spelling, and no other sign, so that two triggers never share one.
  const name = whole.replace(/[^\w.~+-]/gu, "-").slice(0, NAME_LENGTH_MAX);
  return name === whole ? name : `${name}.${createHash("sha256").update(whole).digest("hex").slice(0, 16)}`;
}
