import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { uptime } from "node:os";
import { promisify } from "node:util";
import { type Benchmark, type Figure, median } from "./measure/benchmark.ts";
import { readLog, runToEnd } from "./measure/execution.ts";
import { startServer } from "./measure/server-process.ts";

const run = promisify(execFile);

const IMAGE = process.env["CAPSTAN_TEST_IMAGE"] ?? "registry.local/small:dev";
const ROUNDS = 7;
/** What a container prints first: when it has started, by the clock of the machine. */
const PRINTS_START = "echo started $(cut -d' ' -f1 /proc/uptime); sleep 0.2";
const STARTED = /started ([\d.]+)/;

const RATIO_MAX = 1.3;
const CALLS_MAX = 6;

interface Access {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Needs a cluster whose nodes are this machine, as `npm run cluster` brings it up, and kubectl. */
export const pods: Benchmark = {
  name: "pods",
  claim: "a pod of a task starts about as soon as one of `kubectl run`, and asks the API server little",
  onDemand: true,
  run: async () => {
    const kubeconfig = process.env["KUBECONFIG"];
    if (kubeconfig === undefined) return { skipped: "KUBECONFIG names no cluster: npm run cluster tells how" };
    const access = await accessOf(kubeconfig);
    await using counter = await startCounter(access);
    await using server = await startServer();
    await server.apply(flow("warm", "{}"));
    await server.apply(flow("counted", `{masterUrl: "${counter.url}"}`));
    for (const id of ["warm", "counted"]) await runToEnd(server, "bench", id);
    const own: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await startedAfter(() => kubectlRun(`bench-${round}`)));
      own.push(
        await startedAfter(async () => {
          const { id } = await runToEnd(server, "bench", "warm");
          return readLog(server, id);
        }),
      );
    }
    counter.forget();
    for (let round = 0; round < ROUNDS; round += 1) await runToEnd(server, "bench", "counted");
    const floor = { what: "by kubectl run", value: median(bare) };
    const figures: Figure[] = [
      { what: "from the call to the start of the container", value: median(own), unit: "ms", floor },
      {
        what: "the same, as a share of kubectl's",
        value: median(own) / median(bare),
        unit: "×",
        goal: { max: RATIO_MAX },
      },
      {
        what: "calls to the API server for a pod",
        value: counter.calls() / ROUNDS,
        unit: "",
        goal: { max: CALLS_MAX },
      },
    ];
    return figures;
  },
};

function flow(id: string, config: string): string {
  return `
id: ${id}
namespace: bench
tasks:
  - id: pod
    type: io.kestra.plugin.scripts.shell.Commands
    containerImage: ${IMAGE}
    taskRunner:
      type: io.kestra.plugin.kubernetes.runner.Kubernetes
      pullPolicy: IF_NOT_PRESENT
      config: ${config}
    commands: ["${PRINTS_START}"]
`;
}

/** Milliseconds from a call until the container that it makes has started, as it prints it. */
async function startedAfter(call: () => Promise<string>): Promise<number> {
  const begun = uptime();
  const [, started] = STARTED.exec(await call()) ?? [];
  if (started === undefined) throw new Error("The container did not print when it started.");
  return (Number(started) - begun) * 1_000;
}

/** Its log is asked for until it is there: who attaches to a container may come too late for its first line. */
async function kubectlRun(name: string): Promise<string> {
  const words = ["run", name, `--image=${IMAGE}`, "--image-pull-policy=IfNotPresent", "--restart=Never"];
  await run("kubectl", [...words, "--command", "--", "sh", "-c", PRINTS_START]);
  for (;;) {
    const { stdout } = await run("kubectl", ["logs", name]).catch(() => ({ stdout: "" }));
    if (!STARTED.test(stdout)) continue;
    await run("kubectl", ["delete", "pod", name, "--wait=false"]);
    return stdout;
  }
}

async function accessOf(path: string): Promise<Access> {
  const config = JSON.parse(await readFile(path, "utf8")) as {
    clusters: [{ cluster: { server: string; "certificate-authority": string } }];
    users: [{ user: { "client-certificate": string; "client-key": string } }];
  };
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const [ca, cert, key] = await Promise.all(
    [cluster["certificate-authority"], user["client-certificate"], user["client-key"]].map((file) => readFile(file)),
  );
  return { server: cluster.server, ca: ca!, cert: cert!, key: key! };
}

/** A door to the API server that counts who goes through. */
async function startCounter(access: Access) {
  let calls = 0;
  const { server, ...tls } = access;
  const pass = (incoming: IncomingMessage, answer: ServerResponse) => {
    calls += 1;
    const { method, url, headers } = incoming;
    const target = request(`${server}${url}`, { method: method!, headers, ...tls }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    target.on("error", () => answer.destroy());
    answer.on("close", () => target.destroy());
    incoming.pipe(target);
  };
  const counter = createServer(pass);
  await new Promise<void>((resolve) => void counter.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(counter.address() as AddressInfo).port}`,
    calls: () => calls,
    forget: () => {
      calls = 0;
    },
    [Symbol.asyncDispose]: async () => {
      counter.closeAllConnections();
      await new Promise((resolve) => counter.close(resolve));
    },
  };
}
