import { defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";
import { finishedWork } from "./finished-work.ts";
import { guestName, guestOf, guestOutputs, guestsPath, resourceType } from "./guest.ts";

const TYPE = "io.kestra.plugin.proxmox.snapshot.Rollback";

/** Makes a machine what it was. */
export const snapshotRollback = defineTask({
  type: TYPE,
  title: "Roll a machine of Proxmox VE back to a snapshot",
  description: "What has changed since the snapshot is lost.",
  properties: () =>
    z.object({
      ...connection(),
      vmName: guestName(),
      snapName: text().describe("Name of the snapshot."),
      resourceType: resourceType(),
    }),
  outputs: guestOutputs,
  examples: [
    {
      title: "Undo an update that failed",
      code:
        `id: undo\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve\ntokenId: root@pam!capstan\n` +
        'tokenSecret: "{{ secret(\'PROXMOX_TOKEN\') }}"\nvmName: billing\nsnapName: "before-{{ execution.id }}"\n',
    },
  ],
  async run(context) {
    const { node, vmName, snapName, resourceType: type } = context.properties;
    const proxmox = await openProxmox(context);
    const { vmid } = await guestOf(proxmox, vmName);
    const upid = await finishedWork(context, proxmox, {
      what: `Rolling ${vmName} back to ${snapName}`,
      method: "POST",
      path: `${guestsPath(node, type)}/${vmid}/snapshot/${pathPart("snapName", snapName)}/rollback`,
    });
    context.log.info(`Rolled ${vmName} (${vmid}) back to ${snapName}.`);
    return { vmId: String(vmid), vmName, upid };
  },
});
