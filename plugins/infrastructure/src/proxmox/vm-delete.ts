import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";
import { finishedWork } from "./finished-work.ts";
import { guestName, guestOf, guestOutputs, guestsPath } from "./guest.ts";

const TYPE = "io.kestra.plugin.proxmox.vm.Delete";

/** Deletes a machine with its disks. */
export const vmDelete = defineTask({
  type: TYPE,
  title: "Delete a virtual machine of Proxmox VE",
  description: "Its disks are deleted too. Proxmox refuses it for a machine that runs.",
  properties: () => z.object({ ...connection(), vmName: guestName() }),
  outputs: guestOutputs,
  examples: [
    {
      title: "Delete a machine that was for a test",
      code:
        `id: clean_up\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve\ntokenId: root@pam!capstan\n` +
        "tokenSecret: \"{{ secret('PROXMOX_TOKEN') }}\"\nvmName: drill\n",
    },
  ],
  async run(context) {
    const { node, vmName } = context.properties;
    const proxmox = await openProxmox(context);
    const { vmid } = await guestOf(proxmox, vmName);
    const what = `Deleting the machine ${vmName}`;
    const upid = await finishedWork(context, proxmox, {
      what,
      method: "DELETE",
      path: `${guestsPath(node, "VM")}/${vmid}`,
    });
    context.log.info(`Deleted the machine ${vmName} (${vmid}).`);
    return { vmId: String(vmid), vmName, upid };
  },
});
