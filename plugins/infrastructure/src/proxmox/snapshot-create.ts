import { defineTask, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";
import { finishedWork } from "./finished-work.ts";
import { guestName, guestOf, guestOutputs, guestsPath, resourceType } from "./guest.ts";

const TYPE = "io.kestra.plugin.proxmox.snapshot.Create";

/** Takes a snapshot of a machine. */
export const snapshotCreate = defineTask({
  type: TYPE,
  title: "Take a snapshot of a machine of Proxmox VE",
  properties: () =>
    z.object({
      ...connection(),
      vmName: guestName(),
      snapName: text().describe(
        "Name of the snapshot: a letter, then letters, digits, `-` and `_`; 40 characters at most.",
      ),
      snapDescription: text().optional().describe("What it is for."),
      resourceType: resourceType(),
    }),
  outputs: guestOutputs,
  examples: [
    {
      title: "A way back",
      code:
        `id: snapshot\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve\ntokenId: root@pam!capstan\n` +
        'tokenSecret: "{{ secret(\'PROXMOX_TOKEN\') }}"\nvmName: billing\nsnapName: "before-{{ execution.id }}"\n',
    },
  ],
  async run(context) {
    const { node, vmName, snapName: snapname, snapDescription, resourceType: type } = context.properties;
    const description = given(snapDescription);
    const proxmox = await openProxmox(context);
    const { vmid } = await guestOf(proxmox, vmName);
    const upid = await finishedWork(context, proxmox, {
      what: `Taking the snapshot ${snapname} of ${vmName}`,
      method: "POST",
      path: `${guestsPath(node, type)}/${vmid}/snapshot`,
      form: { snapname, ...(description !== undefined && { description }) },
    });
    context.log.info(`Took the snapshot ${snapname} of ${vmName} (${vmid}).`);
    return { vmId: String(vmid), vmName, upid };
  },
});
