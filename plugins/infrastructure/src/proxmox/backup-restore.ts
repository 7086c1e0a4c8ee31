import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";
import { finishedWork } from "./finished-work.ts";
import { guestOutputs, guestsPath, resourceType } from "./guest.ts";

const TYPE = "io.kestra.plugin.proxmox.backup.Restore";

/** Makes a new machine of a backup. */
export const backupRestore = defineTask({
  type: TYPE,
  title: "Restore a backup of Proxmox VE as a new machine",
  description:
    "A number that is taken fails the task: no machine is overwritten. How long it may take is what `timeout` says.",
  properties: () =>
    z.object({
      ...connection(),
      vmId: dynamic(z.int().positive()).describe("Number (VMID) that the new machine gets."),
      archive: text().describe("The backup, as `backup.List` names it in `volid`."),
      storage: text().describe("Storage of the new disks, such as `local-lvm`."),
      resourceType: resourceType(),
    }),
  outputs: guestOutputs,
  examples: [
    {
      title: "Does the backup work?",
      code:
        `id: drill\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve\ntokenId: root@pam!capstan\n` +
        'tokenSecret: "{{ secret(\'PROXMOX_TOKEN\') }}"\nvmId: 9001\narchive: "{{ inputs.archive }}"\nstorage: local-lvm\n',
    },
  ],
  async run(context) {
    const { node, vmId, archive, storage, resourceType: type } = context.properties;
    const isContainer = type.toUpperCase() === "CONTAINER";
    const source = isContainer ? { ostemplate: archive, restore: "1" } : { archive };
    const proxmox = await openProxmox(context);
    const upid = await finishedWork(context, proxmox, {
      what: `Restoring ${archive} as ${vmId}`,
      method: "POST",
      path: guestsPath(node, type),
      form: { vmid: String(vmId), storage, ...source },
    });
    context.log.info(`Restored ${archive} as the machine ${vmId}.`);
    return { vmId: String(vmId), upid };
  },
});
