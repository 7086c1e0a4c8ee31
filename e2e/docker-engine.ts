import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startProgram } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import { writeSmallImage } from "./cluster/image.ts";
import { until } from "./server-process.ts";

const run = promisify(execFile);

/** A Docker engine of its own, and its command line. */
export interface DockerEngine {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** Runs a command of `docker`; answers what it prints. */
  readonly docker: (...words: readonly string[]) => Promise<string>;
}

const FLAGS = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--ip-forward=false"];

/** An engine without a network, with the image `small`, which is BusyBox and nothing else. */
export async function startDockerEngine(): Promise<DockerEngine> {
  const hostIn = (folder: string) => `unix://${join(folder, "d.sock")}`;
  const docker = async (host: string, words: readonly string[]) =>
    (await run("docker", ["--host", host, ...words])).stdout.trim();
  const program = await startProgram({
    command: "dockerd",
    args: ({ folder }) => [
      `--host=${hostIn(folder)}`,
      `--pidfile=${join(folder, "pid")}`,
      `--data-root=${join(folder, "data")}`,
      `--exec-root=${join(folder, "run")}`,
      ...FLAGS,
    ],
    install: "apt-get install docker.io busybox-static, and root's rights",
    isReady: ({ folder }) =>
      docker(hostIn(folder), ["version"]).then(
        () => true,
        () => false,
      ),
  });
  const { folder } = program;
  const host = hostIn(folder);
  onTestFinished(async () => {
    const left = await docker(host, ["ps", "--all", "--quiet"]);
    if (left !== "") await docker(host, ["rm", "--force", ...left.split("\n")]);
    // Ended at once, it would leave mounts that keep its folder from being removed.
    const pid = Number(await readFile(join(folder, "pid"), "utf8"));
    process.kill(pid, "SIGTERM");
    await until("the engine has ended", () => (isThere(pid) ? undefined : true));
    await program[Symbol.asyncDispose]();
  });
  const image = join(folder, "small.tar");
  await writeSmallImage(image, "small:latest");
  await docker(host, ["load", "--quiet", "--input", image]);
  return { host, docker: (...words) => docker(host, words) };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
