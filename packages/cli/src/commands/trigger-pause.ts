import { connect, type ConnectionOptions } from "../api-client/connection.ts";

/** Switches a trigger off, or on again. */
export async function setTriggerPaused(
  [namespace, flow, trigger]: readonly [string, string, string],
  isPaused: boolean,
  options: ConnectionOptions,
): Promise<number> {
  await connect(options).setTriggerDisabled(namespace, flow, trigger, isPaused);
  process.stdout.write(`${namespace} ${flow} ${trigger} ${isPaused ? "is paused" : "goes on"}\n`);
  return 0;
}
