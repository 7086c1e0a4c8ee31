import { existsSync } from "node:fs";
import { down, up } from "./cluster.ts";
import { ADMIN, STATE } from "./place.ts";

/** The cluster that tests work with: the one that KUBECONFIG names, or one of this machine, which ends with them if they have begun it. */
export default async function clusterForTests(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["KUBECONFIG"] !== undefined) return undefined;
  const wasUp = existsSync(STATE);
  await up(1);
  process.env["KUBECONFIG"] = ADMIN;
  return wasUp ? undefined : down;
}
