import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ask, readExecution, startFlow } from "./executions.ts";
import { openLine } from "./faults/line.ts";
import { startCapstan, startServer, temporaryFolder, until, writeFlows } from "./server-process.ts";

const NAMESPACE = "e2e";
const SECRET = "hush-hush-hush";
const TOKENS = { gpu: "token-of-the-gpu-workers", eu: "token-of-the-eu-workers" };
/** Long enough for a restart of the server on a busy machine. */
const LOST_AFTER = "PT15S";
const CUTS = 10;

const configuration = (lostAfter: string) => `
workers:
  lostAfter: ${lostAfter}
  tokens:
    - { name: gpus, token: ${TOKENS.gpu}, groups: [gpu] }
    - { name: europe, token: ${TOKENS.eu}, groups: [eu] }
secrets: { KEY: ${SECRET} }
`;

const SHELL = `type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: { type: io.kestra.plugin.core.runner.Process }`;

/** Each task writes a line to a file of its own, so that it shows how often it ran. */
const flowsFor = (marks: string) => ({
  apart: `
id: apart
namespace: ${NAMESPACE}
tasks:
  - id: make
    ${SHELL}
    workerGroup: { key: gpu }
    outputFiles: [made.txt]
    commands:
      - echo "made at $WHERE with {{ secret('KEY') }}" | tee made.txt
      - echo '::{"outputs":{"where":"'$WHERE'"}}::'
  - id: read
    ${SHELL}
    workerSelector: { tags: ["{{ outputs.make.vars.where == 'gpu' ? 'eu' : 'gpu' }}"], fallback: WAIT }
    inputFiles:
      in.txt: "{{ outputs.make.outputFiles['made.txt'] }}"
    commands:
      - echo "read at $WHERE, $(cut -d' ' -f1-3 in.txt)"
  - id: here
    ${SHELL}
    commands:
      - echo "at \${WHERE:-server}"
`,
  slow: `
id: slow
namespace: ${NAMESPACE}
tasks:
  - id: first
    ${SHELL}
    workerGroup: { key: gpu }
    outputFiles: [out.txt]
    commands:
      - echo $WHERE >> "${marks}/{{ execution.id }}"
      - sleep 0.5
      - echo done > out.txt
  - id: second
    ${SHELL}
    workerGroup: { key: gpu }
    commands:
      - cat {{ outputs.first.outputFiles['out.txt'] }}
`,
  stubborn: `
id: stubborn
namespace: ${NAMESPACE}
tasks:
  - id: wait
    ${SHELL}
    workerGroup: { key: gpu }
    commands:
      - echo $WHERE >> "${marks}/{{ execution.id }}"
      - while ! test -e "${marks}/go"; do sleep 0.05; done
`,
});

async function setup(lostAfter = LOST_AFTER) {
  const folder = await temporaryFolder();
  const marks = join(folder, "marks");
  await mkdir(marks);
  const flows = await writeFlows(join(folder, "flows"), flowsFor(marks));
  const config = join(folder, "capstan.yaml");
  await writeFile(config, configuration(lostAfter));
  const start = () => startServer({ data: join(folder, "data"), flows, folder, config });
  let server = await start();
  const line = await openLine(() => Number(new URL(server.url).port));
  const workers = async () => {
    const answer = await ask(server.url.replace("/main", "/cluster/workers")).catch(() => undefined);
    return answer?.ok === true ? ((await answer.json()) as { name: string; state: string; running: number }[]) : [];
  };
  const connected = (name: string) =>
    until(`the worker ${name} is connected`, async () =>
      (await workers()).find((one) => one.name === name && one.state === "CONNECTED"),
    );
  return {
    folder,
    marks,
    line,
    workers,
    connected,
    api: () => server.url,
    log: () => server.log(),
    killServer: () => server.kill(),
    startServer: async () => {
      server = await start();
    },
    startWorker: async (name: string, group: keyof typeof TOKENS, ...words: string[]) => {
      const environment = { WHERE: name, CAPSTAN_WORKER_TOKEN: TOKENS[group], CAPSTAN_LOGGING_LEVEL: "info" };
      const address = `http://127.0.0.1:${line.port}`;
      const worker = startCapstan(["worker", "--server", address, "--name", name, ...words], { folder, environment });
      await connected(name);
      return worker;
    },
    start: async (flow: string) => (await startFlow(server.url, NAMESPACE, flow))!.id,
    ended: (id: string) =>
      until(`${id} has ended`, async () => {
        const execution = await readExecution(server.url, id).catch(() => undefined);
        return ["SUCCESS", "FAILED", "WARNING", "KILLED"].includes(execution?.state.current ?? "")
          ? execution
          : undefined;
      }),
    /** What each execution wrote, by its id: a line for each time that its task began. */
    marksOf: async () => {
      const names = (await readdir(marks)).filter((name) => name !== "go");
      const texts = await Promise.all(names.map((name) => readFile(join(marks, name), "utf8")));
      return new Map(names.map((name, index) => [name, texts[index]!.trim().split("\n")]));
    },
  };
}

/** Starts so many executions. */
async function startMany({ start }: Awaited<ReturnType<typeof setup>>, count: number): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, () => start("slow")));
}

test("each group does its own tasks, with files from one to the other, and nobody reads a secret", async () => {
  const world = await setup();
  const workers = [await world.startWorker("gpu", "gpu"), await world.startWorker("eu", "eu")];
  const execution = await world.ended(await world.start("apart"));
  expect(execution.state.current).toBe("SUCCESS");
  const logs = await (await ask(`${world.api()}/logs/${execution.id}`)).text();
  expect(logs).toContain("made at gpu with ******");
  expect(logs).toContain("read at eu, made at gpu");
  expect(logs).toContain("at server");
  const said = [logs, JSON.stringify(execution), world.log(), ...workers.map((worker) => worker.log())].join("\n");
  for (const secret of [SECRET, ...Object.values(TOKENS)]) expect(said).not.toContain(secret);
  const whole = execution as unknown as { taskRunList: { attempts: { workerId?: string }[]; outputs?: unknown }[] };
  expect(whole.taskRunList.map(({ attempts }) => typeof attempts[0]?.workerId)).toEqual([
    "string",
    "string",
    "undefined",
  ]);
});

test("when a worker dies its jobs run elsewhere, and no others run twice", async () => {
  const world = await setup("PT2S");
  const dying = await world.startWorker("dying", "gpu", "--concurrency", "4");
  await world.startWorker("living", "gpu", "--concurrency", "4");
  const ids = await startMany(world, 24);
  await until("both work", async () => {
    const places = new Set([...(await world.marksOf()).values()].flat());
    return places.size === 2 ? true : undefined;
  });
  await dying.kill();
  const ended = await Promise.all(ids.map(world.ended));
  expect(ended.map(({ state }) => state.current)).toEqual(ids.map(() => "SUCCESS"));
  const marks = await world.marksOf();
  const again = [...marks.values()].filter((lines) => lines.length > 1);
  expect(again.length).toBeLessThanOrEqual(4);
  for (const lines of again) expect(lines).toEqual(["dying", "living"]);
});

test("when the server dies its worker goes on, and every task runs once", async () => {
  const world = await setup();
  await world.startWorker("one", "gpu", "--concurrency", "8");
  const ids = await startMany(world, 40);
  for (let round = 1; round <= 2; round += 1) {
    const enough = round * 10;
    await until(`${enough} tasks have begun`, async () => ((await world.marksOf()).size >= enough ? true : undefined));
    await world.killServer();
    // Some jobs end while nobody is there to hear it.
    await sleep(700);
    await world.startServer();
  }
  const ended = await Promise.all(ids.map(world.ended));
  expect(ended.map(({ state }) => state.current)).toEqual(ids.map(() => "SUCCESS"));
  const marks = await world.marksOf();
  expect([marks.size, [...marks.values()].filter((lines) => lines.length !== 1)]).toEqual([ids.length, []]);
});

test("a line that is cut again and again costs nothing but time", async () => {
  const world = await setup();
  await world.startWorker("one", "gpu");
  const ids = await startMany(world, 30);
  const ended = Promise.all(ids.map(world.ended));
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    await sleep(150);
    world.line.cut();
  }
  expect((await ended).map(({ state }) => state.current)).toEqual(ids.map(() => "SUCCESS"));
  expect([...(await world.marksOf()).values()].filter((lines) => lines.length !== 1)).toEqual([]);
});

test("a worker that is cut off stops its jobs, which run elsewhere", async () => {
  const world = await setup("PT2S");
  const cutOff = await world.startWorker("far", "gpu");
  const id = await world.start("stubborn");
  await until("it runs", async () => ((await world.marksOf()).size === 1 ? true : undefined));
  world.line.fallSilent();
  await until("it is cut off", () => (cutOff.log().includes("jobs that run are stopped") ? true : undefined));
  await cutOff.kill();
  world.line.cut();
  world.line.heal();
  await world.startWorker("near", "gpu");
  await until("it runs again", async () => ((await world.marksOf()).get(id)?.length === 2 ? true : undefined));
  await writeFile(join(world.marks, "go"), "");
  expect((await world.ended(id)).state.current).toBe("SUCCESS");
  expect((await world.marksOf()).get(id)).toEqual(["far", "near"]);
});

test("a worker that is told to stop lets its jobs end, and gives back what it has not begun", async () => {
  const world = await setup();
  const leaving = await world.startWorker("leaving", "gpu", "--grace", "PT1M");
  const id = await world.start("stubborn");
  await until("it runs", async () => ((await world.marksOf()).size === 1 ? true : undefined));
  const stopped = leaving.stop();
  await until("it takes no new jobs", async () => (await world.workers()).find(({ state }) => state === "LEAVING"));
  const other = await world.start("slow");
  await writeFile(join(world.marks, "go"), "");
  await stopped;
  expect((await world.ended(id)).state.current).toBe("SUCCESS");
  expect(await world.workers()).toEqual([]);
  await world.startWorker("next", "gpu");
  await world.ended(other);
  const marks = await world.marksOf();
  expect([marks.get(id), marks.get(other)]).toEqual([["leaving"], ["next"]]);
});

test("a worker that is out of time gives its jobs back at once", async () => {
  const world = await setup("PT1H");
  const leaving = await world.startWorker("leaving", "gpu", "--grace", "PT0S");
  await world.startWorker("staying", "gpu", "--concurrency", "1");
  const ids = [await world.start("stubborn"), await world.start("stubborn")];
  await until("both run", async () => ((await world.marksOf()).size === 2 ? true : undefined));
  await leaving.stop();
  await writeFile(join(world.marks, "go"), "");
  for (const id of ids) expect((await world.ended(id)).state.current).toBe("SUCCESS");
  expect([...(await world.marksOf()).values()].map((lines) => lines.at(-1))).toEqual(["staying", "staying"]);
  expect(existsSync(world.folder)).toBe(true);
});
