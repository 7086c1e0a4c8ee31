import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";
import { finishedWork } from "./finished-work.ts";
import { guestName, guestOf, guestOutputs, guestsPath } from "./guest.ts";

const TYPE = "io.kestra.plugin.proxmox.vm.Migrate";

/** Moves a machine to another node. */
export const vmMigrate = defineTask({
  type: TYPE,
  title: "Migrate a virtual machine of Proxmox VE to another node",
  properties: () =>
    z.object({
      ...connection(),
      vmName: guestName(),
      targetNode: text().describe("Name of the node that it goes to."),
      online: dynamic(z.boolean())
        .optional()
        .describe("Whether it is moved while it runs. Default: a machine that runs is moved so, another one is not."),
    }),
  outputs: guestOutputs,
  examples: [
    {
      title: "Empty a node",
      code:
        `id: move\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve1\ntokenId: root@pam!capstan\n` +
        'tokenSecret: "{{ secret(\'PROXMOX_TOKEN\') }}"\nvmName: "{{ taskrun.value }}"\ntargetNode: pve2\n',
    },
  ],
  async run(context) {
    const { node, vmName, targetNode: target } = context.properties;
    const proxmox = await openProxmox(context);
    const { vmid, isRunning } = await guestOf(proxmox, vmName);
    const { online = isRunning } = context.properties;
    const upid = await finishedWork(context, proxmox, {
      what: `Migrating the machine ${vmName} to ${target}`,
      method: "POST",
      path: `${guestsPath(node, "VM")}/${vmid}/migrate`,
      form: { target, ...(online && { online: "1" }) },
    });
    context.log.info(`Migrated the machine ${vmName} (${vmid}) to ${target}.`);
    return { vmId: String(vmid), vmName, upid };
  },
});
