import type { WorkerTarget } from "@capstan/engine";
import { createMemoryStore, type Store } from "@capstan/store";
import { expect, test } from "vitest";
import { openLine } from "../worker/remote/testing/crew-world.ts";
import type { FromWorker, ToWorker } from "../worker/remote/messages.ts";
import { NAMESPACE, recordedStore, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

const LOST_MS = 300;
const ECHO = (more = "") => `id: f
namespace: ${NAMESPACE}
tasks:
  - { id: a, type: test.Echo, value: 1${more} }
  - { id: b, type: test.InlineEcho, value: "{{ outputs.a.value }}" }
`;
const GPU = ", workerGroup: { key: gpu }";
const DIRECTORY = `id: f
namespace: ${NAMESPACE}
tasks:
  - id: w
    type: io.kestra.plugin.core.flow.WorkingDirectory
    workerGroup: { key: gpu }
    tasks: [{ id: a, type: test.Echo, value: 1 }, { id: b, type: test.Echo, value: 2 }]
`;

async function setup(store: Store, flow: string, targetOf: () => WorkerTarget | undefined = () => undefined) {
  const world = await runtimeByHand(store, [flow], {
    workers: { lostAfterMs: LOST_MS, isLocal: true, hasGroups: true, targetOf },
  });
  const workers = world.runtime.workers!;
  const connect = (more: Partial<Parameters<typeof openLine>[1]> = {}) =>
    openLine(workers, { id: "w", name: "worker one", groups: ["gpu"], ...more });
  const attempts = async (id: string, taskId = "a") => {
    const { taskRuns } = (await world.runtime.executions.get(TENANT, id))!;
    const run = taskRuns.find((one) => one.taskId === taskId);
    return run?.attempts.map(({ state, workerId }) => (workerId === undefined ? state : `${state} ${workerId}`));
  };
  return { ...world, workers, connect, attempts };
}

/** The next job that a worker is given. */
const jobOf = (line: { said(): Promise<readonly ToWorker[]> }, number = 0) =>
  until(async () => (await line.said()).flatMap((message) => (message.type === "run" ? message.job : []))[number]);

const end = (key: string): FromWorker => ({
  type: "ended",
  key,
  result: { state: "SUCCESS", outputs: { value: "done" } },
});

test("a job runs at a worker of its group, which is on record before it gets the job", async () => {
  const { store, left } = recordedStore();
  const { connect, create, ended, jobs, attempts } = await setup(store, ECHO(GPU));
  const line = connect();
  const { id } = await create("f");
  const { key } = await jobOf(line);
  const durable = createMemoryStore({ from: left.at(-1)! });
  await durable.start();
  const known = await durable.executions.whole([{ tenant: TENANT, id }]);
  expect(known[0]?.taskRuns[0]?.attempts[0]).toMatchObject({ state: "CREATED", workerId: "w" });
  line.say({ type: "started", key, at: Date.now() }, end(key));
  expect((await ended(id)).row.state).toBe("SUCCESS");
  expect([await attempts(id), await attempts(id, "b"), jobs]).toEqual([["SUCCESS w"], ["SUCCESS"], []]);
});

test("the server is done with what a worker said once it is durable, and not before", async () => {
  const go = Promise.withResolvers<void>();
  let isHeld = false;
  const store = createMemoryStore();
  const slow: Store = {
    ...store,
    commit: async (unit) => {
      if (isHeld) await go.promise;
      return store.commit(unit);
    },
  };
  const { connect, create, ended } = await setup(slow, ECHO(GPU));
  const line = connect();
  const { id } = await create("f");
  const { key } = await jobOf(line);
  isHeld = true;
  const log = { type: "log", key, taskId: "a", lines: [{ time: 1, level: "INFO", message: "x" }] } as const;
  line.say(log, { type: "metrics", key, taskId: "a", metrics: [] }, end(key));
  expect(await line.settled()).toEqual([]);
  go.resolve();
  await ended(id);
  expect(await until(async () => ((await line.settled()).length > 0 ? line.settled() : undefined))).toEqual([[1, 3]]);
});

test("a job goes on at its worker when the server begins anew, and does not run a second time", async () => {
  const { store, left } = recordedStore();
  const before = await setup(store, ECHO(GPU));
  const line = before.connect();
  const { id } = await before.create("f");
  const { key } = await jobOf(line);
  const after = await setup(createMemoryStore({ from: left.at(-1)! }), ECHO(GPU));
  const again = after.connect({ jobs: [key], session: line.session });
  expect(again.isResumed).toBe(false);
  again.say({ type: "started", key, at: Date.now() }, end(key));
  expect((await after.ended(id)).row.state).toBe("SUCCESS");
  expect([await after.attempts(id), await again.said(), after.jobs]).toEqual([["SUCCESS w"], [], []]);
});

test("a worker that says again what the server before had made durable is not kept waiting", async () => {
  const { store, left } = recordedStore();
  const before = await setup(store, ECHO(GPU));
  const line = before.connect();
  const { id } = await before.create("f");
  const { key } = await jobOf(line);
  line.say(end(key));
  await before.ended(id);
  const after = await setup(createMemoryStore({ from: left.at(-1)! }), ECHO(GPU));
  const again = after.connect({ jobs: [key], session: line.session });
  again.say(end(key));
  expect(await again.settled()).toEqual([[1, 1]]);
});

test("a job whose worker does not come back starts again elsewhere, and the first one's word does not count", async () => {
  const { store, left } = recordedStore();
  const before = await setup(store, ECHO(GPU));
  const line = before.connect();
  const { id } = await before.create("f");
  const { key } = await jobOf(line);
  const after = await setup(createMemoryStore({ from: left.at(-1)! }), ECHO(GPU));
  const other = after.connect({ id: "other" });
  const again = await jobOf(other);
  expect(again.identity.attempt).toBe(2);
  const late = after.connect({ id: "w", jobs: [key] });
  late.say({ ...end(key), result: { state: "FAILED" } } as FromWorker);
  expect([await late.said(), await late.settled()]).toEqual([[{ type: "kill", key }], [[1, 1]]]);
  other.say(end(again.key));
  expect((await after.ended(id)).row.state).toBe("SUCCESS");
  expect(await after.attempts(id)).toEqual(["RESUBMITTED w", "SUCCESS other"]);
  expect(await after.lines(id)).toContainEqual(
    "WARN The worker that had this is lost: its worker did not come back after the start of the server. It starts again.",
  );
});

test("where no workers may come any more their jobs start again at once", async () => {
  const { store, left } = recordedStore();
  const before = await setup(store, ECHO(GPU));
  const { id } = await before.create("f");
  await jobOf(before.connect());
  const after = await runtimeByHand(createMemoryStore({ from: left.at(-1)! }), []);
  const job = await after.job(id, "a", 2);
  after.host.ended(job.key, { state: "SUCCESS", outputs: { value: 1 } });
  expect((await after.ended(id)).row.state).toBe("SUCCESS");
});

test("a job that waited for its group gets the first worker that comes, and is explained until then", async () => {
  const { connect, create, ended, runtime } = await setup(createMemoryStore(), ECHO(GPU));
  const { id } = await create("f");
  const explained = async () => (await runtime.executions.explain(TENANT, id)).waits.map(({ text }) => text);
  expect(await explained()).toEqual(["a worker of the group gpu to take its job; none is connected"]);
  const line = connect({ capacity: 1 });
  const { key } = await jobOf(line);
  expect(await explained()).toEqual(["its worker to begin its job (worker one)"]);
  line.say({ type: "started", key, at: Date.now() });
  line.cut();
  const running = await until(async () => (await explained()).find((text) => text.startsWith("its job")));
  expect(running).toBe("its job, which a worker runs (worker one, which is not connected)");
  connect({ session: line.session, received: 2 }).say(end(key));
  await ended(id);
});

test.each([
  ["FAIL", "FAILED"],
  ["CANCEL", "KILLED"],
])("without a worker of its group, and %s, an execution is %s", async (fallback, state) => {
  const flow = ECHO(`, workerGroup: { key: gpu, fallback: ${fallback} }`);
  const { create, ended, workers } = await setup(createMemoryStore(), flow);
  const { id } = await create("f");
  expect((await ended(id)).row.state).toBe(state);
  expect(workers.list()).toEqual([]);
});

test("without a worker of its group, and IGNORE, a task runs in the default group", async () => {
  const flow = ECHO(", workerGroup: { key: gpu, fallback: IGNORE }");
  const { create, job, host, ended } = await setup(createMemoryStore(), flow);
  const { id } = await create("f");
  const { key } = await job(id, "a");
  host.ended(key, { state: "SUCCESS", outputs: { value: 1 } });
  expect((await ended(id)).row.state).toBe("SUCCESS");
});

test("the group of a namespace counts for tasks that name none, but not for those that need no worker", async () => {
  const gpu = { groups: ["gpu"], match: "ALL", fallback: "WAIT" } as const;
  const { connect, create, ended } = await setup(createMemoryStore(), ECHO(), () => gpu);
  const line = connect();
  const { id } = await create("f");
  line.say(end((await jobOf(line)).key));
  expect((await ended(id)).row.state).toBe("SUCCESS");
  expect((await line.said()).filter(({ type }) => type === "run").length).toBe(1);
});

test("a kill reaches the worker, and ends what it has not got yet", async () => {
  const { connect, create, ended, runtime } = await setup(createMemoryStore(), ECHO(GPU));
  const line = connect({ capacity: 1 });
  const [first, second] = [await create("f"), await create("f")];
  const { key } = await jobOf(line);
  await runtime.executions.kill(TENANT, second.id);
  expect((await ended(second.id)).row.state).toBe("KILLED");
  await runtime.executions.kill(TENANT, first.id);
  await until(async () => (await line.said()).find((message) => message.type === "kill" && message.key === key));
  line.say({ type: "ended", key, result: { state: "KILLED" } });
  expect((await ended(first.id)).row.state).toBe("KILLED");
});

test("a group that told of children fails when its worker is lost, and one that did not begins again", async () => {
  const { connect, create, ended, attempts } = await setup(createMemoryStore(), DIRECTORY);
  const line = connect();
  const { id } = await create("f");
  const { key } = await jobOf(line);
  line.say({ type: "returned", key });
  const again = await jobOf(line, 1);
  expect(await attempts(id, "w")).toEqual(["RESUBMITTED w", "RUNNING w"]);
  const child = { taskId: "a", taskRunId: "run-a", startedAt: Date.now(), state: "SUCCESS" } as const;
  line.say({ type: "child-ended", key: again.key, child }, { type: "returned", key: again.key });
  const { row, taskRuns } = await ended(id);
  expect([row.state, row.error]).toEqual([
    "FAILED",
    expect.stringContaining("the group lost its worker: its worker stopped and gave it back"),
  ]);
  expect(taskRuns.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual(["w FAILED", "a SUCCESS"]);
});

test("what comes twice counts once", async () => {
  const { connect, create, ended, workers, attempts } = await setup(createMemoryStore(), ECHO(GPU));
  const line = connect();
  const { id } = await create("f");
  const { key } = await jobOf(line);
  const texts = [1, 2].map((n) => JSON.stringify({ n, m: n === 1 ? { type: "started", key, at: 1 } : end(key) }));
  for (let time = 0; time < 2; time += 1) workers.receive(line.session, "test", texts.join("\n"));
  expect((await ended(id)).row.state).toBe("SUCCESS");
  expect(await attempts(id)).toEqual(["SUCCESS w"]);
});

test.each([true, false])(
  "a task that touches nothing outside goes to workers that it names, where there are any: %s",
  async (has) => {
    const source = `id: f\nnamespace: ${NAMESPACE}\ntasks: [{ id: b, type: test.InlineEcho, value: x, workerGroup: { key: gpu } }]`;
    const { ended, create, ...world } = has
      ? await setup(createMemoryStore(), source)
      : { ...(await runtimeByHand(createMemoryStore(), [source])), connect: undefined };
    const line = world.connect?.();
    const { id } = await create("f");
    line?.say(end((await jobOf(line)).key));
    expect((await ended(id)).row.state).toBe("SUCCESS");
  },
);
