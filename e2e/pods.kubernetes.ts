import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN } from "./cluster/place.ts";
import { restartApi } from "./cluster/control-plane.ts";
import { run } from "./cluster/processes.ts";
import { kubernetesProgram } from "./cluster/program.ts";
import { ask, type Execution, readExecution, startFlow } from "./executions.ts";
import { endedExecutions } from "./outcomes.ts";
import { type ServerProcess, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

/** Only the cluster of this machine shares its disk with the tests, and may have its parts restarted. */
const isOwn = process.env["KUBECONFIG"] === ADMIN;

const PODS = `e2e-${randomBytes(4).toString("hex")}`;
let kubernetes: string;
const kubectl = (...words: readonly string[]) => run(kubernetes, "kubectl", "--kubeconfig", ADMIN, ...words);

beforeAll(async () => {
  if (!isOwn) return;
  kubernetes = await kubernetesProgram();
  await kubectl("create", "namespace", PODS);
  await until("the namespace has its account", () =>
    kubectl("--namespace", PODS, "get", "serviceaccount", "default").catch(() => undefined),
  );
});
afterAll(async () => {
  if (isOwn) await kubectl("delete", "namespace", PODS, "--wait=false");
});

const leftPods = async () => (await kubectl("--namespace", PODS, "get", "pods", "--output", "name")).trim();

/** Shows the log of one that did not succeed. */
async function expectSuccess(api: string, execution: Execution | undefined): Promise<void> {
  const isGood = execution?.state.current === "SUCCESS";
  const log = isGood ? "" : await (await ask(`${api}/logs/${execution?.id}/download`)).text();
  expect(log).toBe("");
}

/** A task of a flow that runs a command in a pod, with a folder of this machine. */
const taskWith = (shared: string, script: string) => `
    type: io.kestra.plugin.scripts.shell.Commands
    containerImage: registry.local/small:dev
    taskRunner:
      type: io.kestra.plugin.kubernetes.runner.Kubernetes
      namespace: ${PODS}
      pullPolicy: NEVER
      fileSidecar: {image: "registry.local/small:dev"}
      volumes: [{name: shared, hostPath: {path: "${shared}"}}]
      volumeMounts: [{name: shared, mountPath: /shared}]
    inputFiles: {in.txt: "input of {{ taskrun.value ?? 'one' }}"}
    outputFiles: [out.txt]
    commands:
      - ${JSON.stringify(script)}
`;

const VALUES = Array.from({ length: 8 }, (_, index) => `v${index}`);
const ROUND_MS = 1_700;
const KILLS = 4;

test.skipIf(!isOwn)(
  "of pods whose server is killed again and again, each runs once, and nothing of it is lost",
  async () => {
    const folder = await temporaryFolder();
    const shared = await temporaryFolder();
    const data = join(folder, "data");
    const script = `echo "{{ taskrun.value }}" >> /shared/starts; echo "begin {{ taskrun.value }}"; sleep 2; cat in.txt > out.txt; echo "end {{ taskrun.value }}"`;
    const each = taskWith(shared, script).replaceAll("\n    ", "\n        ");
    const flow = `id: many\nnamespace: e2e\ntasks:\n  - id: each\n    type: io.kestra.plugin.core.flow.ForEach\n    concurrencyLimit: 4\n    values: ${JSON.stringify(VALUES)}\n    tasks:\n      - id: pod${each}`;
    const flows = await writeFlows(join(folder, "flows"), { many: flow });
    const environment = { KUBECONFIG: ADMIN };
    let server: ServerProcess = await startServer({ data, flows, folder, environment });
    const { id } = (await startFlow(server.url, "e2e", "many"))!;
    for (let round = 0; round < KILLS; round += 1) {
      await sleep(ROUND_MS + 313 * round);
      await server.kill();
      server = await startServer({ data, flows, folder, environment });
    }
    const [ended] = await endedExecutions(server.url, [id]);
    await expectSuccess(server.url, ended);
    const starts = (await readFile(join(shared, "starts"), "utf8")).trim().split("\n");
    expect(starts.toSorted()).toEqual(VALUES);
    const outputs = JSON.stringify((await readExecution(server.url, id)).taskRunList);
    expect(outputs.match(/"out\.txt":"kestra:/g)).toHaveLength(VALUES.length);
    const logs = await (await ask(`${server.url}/logs/${id}/download`)).text();
    for (const value of VALUES) for (const word of ["begin", "end"]) expect(logs).toContain(`${word} ${value}`);
    await until("no pod is left", async () => ((await leftPods()) === "" ? true : undefined));
  },
);

test.skipIf(!isOwn)("a pod whose API server is restarted goes on, and its log is whole", async () => {
  const folder = await temporaryFolder();
  const shared = await temporaryFolder();
  await mkdir(join(folder, "flows"));
  const script = "i=0; while test $i -lt 120; do i=$((i+1)); echo line $i.; sleep 0.05; done; cp in.txt out.txt";
  const flows = await writeFlows(join(folder, "flows"), {
    talk: `id: talk\nnamespace: e2e\ntasks:\n  - id: talk${taskWith(shared, script)}`,
  });
  const server = await startServer({ data: join(folder, "data"), flows, folder, environment: { KUBECONFIG: ADMIN } });
  const { id } = (await startFlow(server.url, "e2e", "talk"))!;
  const lines = async () =>
    [...(await (await ask(`${server.url}/logs/${id}/download`)).text()).matchAll(/line (\d+)\./g)].map(([, n]) =>
      Number(n),
    );
  await until("the command talks", async () => ((await lines()).length > 5 ? true : undefined));
  await restartApi(kubernetes);
  const [ended] = await endedExecutions(server.url, [id]);
  await expectSuccess(server.url, ended);
  expect(await lines()).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  await until("no pod is left", async () => ((await leftPods()) === "" ? true : undefined));
});
