import { defineTask, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openProxmox } from "./connection.ts";

const TYPE = "io.kestra.plugin.proxmox.cluster.ListResources";

const resource = () =>
  z.object({
    type: z.string().describe("Kind, such as `qemu`, `lxc`, `node` or `storage`."),
    id: z.string().describe("Id, such as `qemu/100`."),
    node: z.string().optional().describe("Node that it is at."),
    status: z.string().optional().describe("How it is, such as `running`."),
    vmid: z.int().optional().describe("Number of a machine."),
    name: z.string().optional().describe("Name of a machine."),
  });

/** Lists what a cluster has. */
export const listResources = defineTask({
  type: TYPE,
  title: "List the resources of a cluster of Proxmox VE",
  properties: () =>
    z.object({
      ...connection(),
      typeFilter: text().optional().describe("Only these: vm, node, storage or sdn. Default: all."),
    }),
  outputs: () => z.object({ resources: z.array(resource()).describe("What the account may see.") }),
  examples: [
    {
      title: "All machines",
      code:
        `id: machines\ntype: ${TYPE}\nhost: pve.example.com\nnode: pve\ntokenId: root@pam!capstan\n` +
        "tokenSecret: \"{{ secret('PROXMOX_TOKEN') }}\"\ntypeFilter: vm\n",
    },
  ],
  async run(context) {
    const wanted = given(context.properties.typeFilter);
    const proxmox = await openProxmox(context);
    const found = await proxmox({
      what: "Listing the resources of the cluster",
      path: "/cluster/resources",
      ...(wanted !== undefined && { params: { type: wanted } }),
      data: z.array(resource().loose()),
    });
    context.log.info(
      `The cluster has ${found.length} resources${wanted === undefined ? "" : ` of the type ${wanted}`}.`,
    );
    const resources = found.map(({ type, id, node, status, vmid, name }) => ({ type, id, node, status, vmid, name }));
    return { resources };
  },
});
