import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kubectlInside, startControlPlane } from "./control-plane.ts";
import { writeSmallImage } from "./image.ts";
import { clearNode, nodes, SANDBOX_IMAGE, startNode, stopNode } from "./node.ts";
import { addresses, STATE } from "./place.ts";
import { kubernetesProgram } from "./program.ts";
import { isRunning, run, startedPrograms, stop, waitFor } from "./processes.ts";

/** What kubelets write for the whole machine. */
const SETTINGS = [
  "vm.overcommit_memory",
  "vm.panic_on_oom",
  "kernel.panic",
  "kernel.panic_on_oops",
  "kernel.keys.root_maxkeys",
  "kernel.keys.root_maxbytes",
];
const SETTINGS_FILE = join(STATE, "settings");
const SMALL_IMAGE = join(STATE, "small.tar");

/** Brings the cluster up with so many nodes; nothing happens where it is up already. */
export async function up(count: number): Promise<void> {
  const kubernetes = await kubernetesProgram();
  if (existsSync(STATE) && !(await isWhole())) await down();
  if (!existsSync(STATE)) {
    for (const name of ["log", "pid", "pki", "etcd"]) await mkdir(join(STATE, name), { recursive: true });
    await writeFile(SETTINGS_FILE, (await Promise.all(SETTINGS.map(settingLine))).join("\n"));
    await writeFile(join(STATE, "resolv.conf"), `nameserver ${addresses.api}\n`);
    await writeSmallImage(SMALL_IMAGE, SANDBOX_IMAGE);
    await startControlPlane(kubernetes);
  }
  for (let node = 1; node <= count; node += 1)
    if (!nodes().includes(node)) await startNode(node, kubernetes, [SMALL_IMAGE]);
  const account = ["--namespace", "default", "get", "serviceaccount", "default"];
  await waitFor("the service account of pods", 30, () => kubectlInside(kubernetes, ...account));
}

/** Ends everything, and leaves no process, mount, network, control group or setting behind. */
export async function down(): Promise<void> {
  const known = nodes();
  for (const node of known) await stopNode(node);
  // An API server without its store doesn't end.
  await stop(["controllers", "scheduler", "kube-apiserver"]);
  await stop(startedPrograms());
  for (const mount of await mountsBelow(STATE)) await run("umount", "--lazy", mount).catch(() => undefined);
  for (const node of known) await clearNode(node);
  const settings = await readFile(SETTINGS_FILE, "utf8").catch(() => "");
  for (const setting of settings.split("\n").filter(Boolean)) await run("sysctl", "-qw", setting);
  await rm(STATE, { recursive: true, force: true });
}

/** A line for each program: whether it runs. */
export async function status(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of startedPrograms()) lines.push(`${(await isRunning(name)) ? "runs " : "ended"} ${name}`);
  return lines.length === 0 ? ["there is no cluster"] : lines;
}

async function isWhole(): Promise<boolean> {
  const names = startedPrograms();
  for (const name of names) if (!(await isRunning(name))) return false;
  return names.length > 0 && nodes().length > 0;
}

async function settingLine(name: string): Promise<string> {
  return `${name}=${await run("sysctl", "-n", name)}`;
}

/** Innermost first. */
async function mountsBelow(folder: string): Promise<readonly string[]> {
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").map((line) => line.split(" ")[4] ?? "");
  return mounts
    .filter((mount) => mount.startsWith(`${folder}/`))
    .toSorted()
    .toReversed();
}
