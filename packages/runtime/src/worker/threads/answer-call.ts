import type { Transferable } from "node:worker_threads";
import type { JobHost, TriggerFinding } from "../worker.ts";
import { errorData } from "./error-data.ts";
import type { CallTarget, FromThread, ToThread } from "./messages.ts";
import { callService } from "./service-methods.ts";
import { packed, unpacked } from "./stream-transfer.ts";

/** Does what a thread asks of the host, and answers it. Never rejects. */
export async function answerCall(
  host: JobHost,
  { call, target, args }: Extract<FromThread, { type: "call" }>,
  post: (reply: ToThread, transfer?: readonly Transferable[]) => void,
): Promise<void> {
  try {
    const given = args.map(unpacked);
    const value = await answerOf(host, target, given);
    const { values, transfer } = packed([value]);
    post({ type: "answer", call, value: values[0] }, transfer);
  } catch (error) {
    post({ type: "refusal", call, error: errorData(error) });
  }
}

function answerOf(host: JobHost, target: CallTarget, given: readonly unknown[]): unknown {
  switch (target.type) {
    case "lookup":
      return host.lookup(target.key, given as readonly string[]);
    case "event":
      if (host.event === undefined) throw new TypeError("this host takes no events");
      return host.event(target.key, given[0] as TriggerFinding);
    case "service":
      return callService(host.services(target.tenant), target.method, given);
    default:
      return target satisfies never;
  }
}
