import { setTimeout as delay } from "node:timers/promises";
import { TaskFailure } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import type { Proxmox, ProxmoxCall, ProxmoxContext } from "./connection.ts";

/** Between two questions, which become rarer. */
const DELAY_MS_MIN = 250;
const DELAY_MS_MAX = 5_000;

/**
 * Starts work, and waits until it is done; how long is a matter of the task's `timeout`. A kill ends the waiting, not the work. Answers the
 * id of the work. Throws `TaskFailure` when it fails, and as `callVendor` does.
 */
export async function finishedWork(
  { log, signal }: Pick<ProxmoxContext, "log" | "signal">,
  proxmox: Proxmox,
  call: Omit<ProxmoxCall<string>, "data">,
): Promise<string> {
  const upid = await proxmox({ ...call, data: z.string().startsWith("UPID:") });
  // The work is at the node that its id names, which need not be the one that was asked.
  const node = upid.split(":")[1] ?? "";
  const path = `/nodes/${pathPart("node", node)}/tasks/${pathPart("upid", upid)}/status`;
  for (let wait = DELAY_MS_MIN; ; wait = Math.min(wait * 2, DELAY_MS_MAX)) {
    const { status, exitstatus = "" } = await proxmox({
      what: `Looking at ${upid}`,
      path,
      data: z.looseObject({ status: z.string(), exitstatus: z.string().optional() }),
    });
    if (status === "stopped") {
      if (exitstatus.startsWith("WARNINGS"))
        log.warn(`${call.what} was done with ${exitstatus}: see ${upid} in Proxmox.`);
      else if (exitstatus !== "OK")
        throw new TaskFailure(
          `${call.what} failed at Proxmox: ${exitstatus || "it gives no reason"}. See ${upid} there.`,
        );
      return upid;
    }
    await delay(wait, undefined, { signal });
  }
}
