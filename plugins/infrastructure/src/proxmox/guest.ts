import { dynamic, TaskFailure, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import type { Proxmox } from "./connection.ts";

/** Which machine, for types that do something with one. */
export const guestName = () => text().describe("Name or number (VMID) of the machine.");

/** What kind of machine, in small or capital letters. */
export const resourceType = () =>
  dynamic(z.enum(["VM", "CONTAINER", "vm", "container"]))
    .default("VM")
    .describe("VM (QEMU) or CONTAINER (LXC). Default: VM.");

export type ResourceType = z.output<ReturnType<typeof resourceType>>;

export interface Guest {
  readonly vmid: number;
  readonly isRunning: boolean;
}

/** The machine of a name or number. Throws `TaskFailure` when there is none, or more than one of the name. */
export async function guestOf(proxmox: Proxmox, written: string): Promise<Guest> {
  const guests = await proxmox({
    what: "Listing machines of Proxmox",
    path: "/cluster/resources",
    params: { type: "vm" },
    data: z.array(z.looseObject({ vmid: z.int(), name: z.string().optional(), status: z.string().optional() })),
  });
  const wanted = written.trim();
  const found = guests.filter(({ vmid, name }) => (/^\d+$/.test(wanted) ? String(vmid) === wanted : name === wanted));
  const [guest] = found;
  if (guest === undefined)
    throw new TaskFailure(`Proxmox has no machine "${wanted}" that the account may see. Check its name or number.`);
  if (found.length > 1)
    throw new TaskFailure(
      `Proxmox has ${found.length} machines "${wanted}". Give the number of the one that is meant.`,
    );
  return { vmid: guest.vmid, isRunning: guest.status === "running" };
}

/** Path of the machines of a kind at a node. */
export function guestsPath(node: string, type: ResourceType): string {
  return `/nodes/${pathPart("node", node)}/${type.toUpperCase() === "CONTAINER" ? "lxc" : "qemu"}`;
}

export const guestOutputs = () =>
  z.object({
    vmId: z.string().describe("Number of the machine."),
    vmName: z.string().optional().describe("The machine, as the task names it."),
    upid: z.string().describe("Id of the work at Proxmox."),
  });
