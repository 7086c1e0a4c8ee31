import { defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";

const TYPE = "io.kestra.plugin.proxmox.backup.List";

/** Lists the backups of a storage. */
export const backupList = defineTask({
  type: TYPE,
  title: "List backups of Proxmox VE",
  properties: () => z.object({ ...connection(), storage: text().describe("Name of the storage, such as `local`.") }),
  outputs: () =>
    z.object({
      backups: z
        .array(
          z.object({
            volid: z.string().describe("Id, which `backup.Restore` takes as its `archive`."),
            format: z.string().optional().describe("Format, such as vma.zst."),
            size: z.int().optional().describe("Bytes."),
            ctime: z.int().optional().describe("When it was made, in seconds since 1970."),
          }),
        )
        .describe("The backups."),
    }),
  examples: [
    {
      title: "What can be restored",
      code:
        `id: backups\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve\ntokenId: root@pam!capstan\n` +
        "tokenSecret: \"{{ secret('PROXMOX_TOKEN') }}\"\nstorage: backups\n",
    },
  ],
  async run(context) {
    const { node, storage } = context.properties;
    const proxmox = await openProxmox(context);
    const found = await proxmox({
      what: `Listing the backups of ${storage}`,
      path: `/nodes/${pathPart("node", node)}/storage/${pathPart("storage", storage)}/content`,
      params: { content: "backup" },
      data: z.array(
        z.looseObject({
          volid: z.string(),
          format: z.string().optional(),
          size: z.number().optional(),
          ctime: z.number().optional(),
        }),
      ),
    });
    context.log.info(`${storage} has ${found.length} backups.`);
    return { backups: found.map(({ volid, format, size, ctime }) => ({ volid, format, size, ctime })) };
  },
});
