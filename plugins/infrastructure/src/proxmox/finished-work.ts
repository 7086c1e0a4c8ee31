import { awaitRun, type RemoteService, type RunSighting, startRun, type TaskContext } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import type { Proxmox, ProxmoxCall } from "./connection.ts";

/** Between two looks. */
const LOOK_MS = 1_000;

/**
 * Starts work, and waits until it is done; how long is a matter of the task's `timeout`. A kill ends the waiting, not the work. Answers the
 * id of the work. Throws `TaskFailure` when it fails, with the id, and as `callVendor` does.
 */
export async function finishedWork(
  context: Pick<TaskContext<unknown>, "log" | "signal" | "now">,
  proxmox: Proxmox,
  call: Omit<ProxmoxCall<string>, "data">,
): Promise<string> {
  const works = worksOf(proxmox, call);
  const upid = await startRun(context, works);
  const { state, reason } = await awaitRun(context, works, upid, { pollFrequency: LOOK_MS });
  if (works.ends[state] === "WARNING")
    context.log.warn(`${call.what} was done with ${reason}: see ${upid} in Proxmox.`);
  return upid;
}

/** Work as runs, each known by the id that Proxmox gives it. There is no key that tells repeats apart. */
function worksOf(proxmox: Proxmox, call: Omit<ProxmoxCall<string>, "data">): RemoteService<string> {
  return {
    name: "Proxmox",
    ends: { OK: "SUCCESS", WARNINGS: "WARNING", failed: "FAILED" },
    describe: (upid) => `${call.what} (${upid})`,
    outputs: (upid) => ({ upid }),
    start: () => proxmox({ ...call, data: z.string().startsWith("UPID:") }),
    findsAgain: false,
    async look(upid) {
      // The work is at the node that its id names, which need not be the one that was asked.
      const node = upid.split(":")[1] ?? "";
      const status = await proxmox({
        what: `Looking at ${upid}`,
        path: `/nodes/${pathPart("node", node)}/tasks/${pathPart("upid", upid)}/status`,
        data: z.looseObject({ status: z.string(), exitstatus: z.string().optional() }),
      });
      return sightingOf(status);
    },
  };
}

function sightingOf({ status, exitstatus = "" }: { status: string; exitstatus?: string | undefined }): RunSighting {
  if (status !== "stopped") return { state: status };
  if (exitstatus === "OK") return { state: "OK" };
  return { state: exitstatus.startsWith("WARNINGS") ? "WARNINGS" : "failed", reason: exitstatus };
}
