import { addresses, namespaceOf } from "./place.ts";
import { inNode, run } from "./processes.ts";

const BRIDGE = "nodes";

/** The network of a node: the first has the bridge that all others hang on. Nothing leads out of it, so that pods reach each other only. */
export async function makeNetwork(node: number, others: readonly number[]): Promise<void> {
  const here = (...words: string[]) => run(...inNode(node, ...words));
  await run("ip", "netns", "add", namespaceOf(node));
  await here("ip", "link", "set", "lo", "up");
  await here("sysctl", "-qw", "net.ipv4.ip_forward=1");
  if (node === 1) {
    await here("ip", "link", "add", BRIDGE, "type", "bridge");
    await here("ip", "address", "add", `${addresses.api}/24`, "dev", BRIDGE);
    await here("ip", "link", "set", BRIDGE, "up");
    await here("ip", "route", "add", "default", "via", addresses.api, "dev", BRIDGE);
    return;
  }
  const cable = `node${node}`;
  const ends = ["type", "veth", "peer", "name", "eth0", "netns", namespaceOf(node)];
  await run("ip", "link", "add", cable, "netns", namespaceOf(1), ...ends);
  await run(...inNode(1, "ip", "link", "set", cable, "master", BRIDGE, "up"));
  await here("ip", "address", "add", `${addresses.ofNode(node)}/24`, "dev", "eth0");
  await here("ip", "link", "set", "eth0", "up");
  await here("ip", "route", "add", "default", "via", addresses.api);
  for (const other of others) {
    await run(...inNode(other, "ip", "route", "replace", addresses.podsOfNode(node), "via", addresses.ofNode(node)));
    await here("ip", "route", "replace", addresses.podsOfNode(other), "via", addresses.ofNode(other));
  }
}

export async function removeNetwork(node: number): Promise<void> {
  await run("ip", "netns", "delete", namespaceOf(node)).catch(() => undefined);
}
