import type { Transferable } from "node:worker_threads";
import type { JobHost } from "../worker.ts";
import { errorData } from "./error-data.ts";
import type { FromThread, ToThread } from "./messages.ts";
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
    const value = await (target.type === "lookup"
      ? host.lookup(target.key, given as readonly string[])
      : callService(host.services(target.tenant), target.method, given));
    const { values, transfer } = packed([value]);
    post({ type: "answer", call, value: values[0] }, transfer);
  } catch (error) {
    post({ type: "refusal", call, error: errorData(error) });
  }
}
