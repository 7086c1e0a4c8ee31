import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { tarOf } from "@capstan/sdk/tar";
import { smallSystem, startProgram } from "@capstan/sdk/test-kit";
import { connectEngine, type Engine } from "../engine/engine.ts";
import { followProgress } from "../engine/progress.ts";

/** An engine of its own, without a network, with a small image: `small:1`, in which `worker` is user 1234. */
export interface TestEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly host: string;
  /** Ids of all containers, ended ones too. */
  containers(): Promise<readonly string[]>;
}

const LOOK_MS = 20;
const FLAGS = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--ip-forward=false"];

export async function startEngine(): Promise<TestEngine> {
  const socket = (folder: string) => `unix://${join(folder, "d.sock")}`;
  const program = await startProgram({
    command: "dockerd",
    args: ({ folder }) => [
      `--host=${socket(folder)}`,
      `--pidfile=${join(folder, "pid")}`,
      `--data-root=${join(folder, "data")}`,
      `--exec-root=${join(folder, "run")}`,
      ...FLAGS,
    ],
    install: "apt-get install docker.io, and root's rights",
    isReady: async ({ folder }) => isServing(connectEngine(socket(folder))),
  });
  const host = socket(program.folder);
  const engine = connectEngine(host);
  await importImage(engine);
  return {
    engine,
    host,
    containers: async () => {
      const found = await engine.ask<{ Id: string }[]>({ path: "/containers/json", query: { all: true } });
      return found.map(({ Id }) => Id);
    },
    // Ended at once, it would leave mounts that keep its folder from being removed.
    [Symbol.asyncDispose]: async () => {
      const pid = Number(await readFile(join(program.folder, "pid"), "utf8"));
      process.kill(pid, "SIGTERM");
      while (existsSync(`/proc/${pid}`)) await delay(LOOK_MS);
      await program[Symbol.asyncDispose]();
    },
  };
}

async function isServing(engine: Engine): Promise<boolean> {
  return engine.ask({ path: "/version" }).then(
    () => true,
    () => false,
  );
}

async function importImage(engine: Engine): Promise<void> {
  const changes = ["ENV PATH=/bin", 'ENTRYPOINT ["/bin/echo", "by the entry point:"]', "LABEL of=tests"];
  const body = Readable.from(tarOf(smallSystem(), 0), { objectMode: false });
  const query = { fromSrc: "-", repo: "small", tag: "1", changes };
  const answer = await engine.open({ method: "POST", path: "/images/create", query, body });
  await followProgress(answer, new AbortController().signal, () => undefined);
}
