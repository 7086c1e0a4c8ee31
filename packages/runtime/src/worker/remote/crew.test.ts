import type { WorkerTarget } from "@capstan/engine";
import { expect, test } from "vitest";
import { testJob, testTask } from "../test-kit/jobs.ts";
import type { ToWorker } from "./messages.ts";
import { workerIdOfMember } from "./settling.ts";
import { crewWorld, type CrewWorld, introduceLate, LOST_MS, openLine } from "./testing/crew-world.ts";

const GPU: WorkerTarget = { groups: ["gpu"], match: "ALL", fallback: "WAIT" };
const idle = { runningCount: 0, queuedCount: 0, capacity: 10 };
const job = () => testJob(testTask("test.Echo"));

/** Gives a job to whoever is there, as an executor does. */
function give({ crew }: CrewWorld, target: WorkerTarget | undefined, given = job()) {
  const choice = crew.choose(given.key, "main", target);
  if (choice.at === "worker") crew.hand(given, choice.workerId);
  else if (choice.at === "nobody") crew.wait(given, target);
  return { key: given.key, choice };
}

const kinds = (said: readonly ToWorker[]) =>
  said.map((message) => ("key" in message ? `${message.type} ${message.key}` : message.type));

test("a job goes to a worker of its group, and to no other", async () => {
  const world = crewWorld({ here: idle });
  const gpu = openLine(world.crew, { id: "gpu", groups: ["gpu"] });
  const other = openLine(world.crew, { id: "other", groups: ["eu"] });
  const { choice } = give(world, GPU);
  expect(choice).toEqual({ at: "worker", workerId: "gpu" });
  expect([kinds(await gpu.said()), await other.said()]).toEqual([["services", "run"], []]);
  expect(give(world, undefined).choice).toEqual({ at: "here" });
});

test.each([
  ["ALL", "both"],
  ["ANY", "gpu"],
] as const)("of several groups %s are asked for", (match, workerId) => {
  const world = crewWorld();
  openLine(world.crew, { id: "gpu", groups: ["gpu"], capacity: 100 });
  openLine(world.crew, { id: "both", groups: ["gpu", "eu"], capacity: 1 });
  expect(give(world, { groups: ["gpu", "eu"], match, fallback: "WAIT" }).choice).toEqual({ at: "worker", workerId });
});

test("jobs are spread by the share of their room that workers use, the server among them", () => {
  const world = crewWorld({ here: { ...idle, runningCount: 5 } });
  openLine(world.crew, { id: "small", capacity: 2 });
  openLine(world.crew, { id: "large", capacity: 4 });
  const chosen = [1, 2, 3, 4].map(() => give(world, undefined).choice);
  expect(chosen.map((choice) => ("workerId" in choice ? choice.workerId : choice.at))).toEqual([
    "small",
    "large",
    "large",
    "here",
  ]);
});

test("jobs that are chosen for the server count before they are there, and not when they come to nothing", () => {
  const world = crewWorld({ here: idle });
  openLine(world.crew, { id: "w", capacity: 10 });
  const at = () => Array.from({ length: 4 }, () => give(world, undefined).choice.at);
  expect(at()).toEqual(["here", "worker", "here", "worker"]);
  world.crew.arrivedHere();
  world.crew.arrivedHere();
  expect(at()).toEqual(["here", "here", "here", "worker"]);
  // Three were never heard of again.
  world.clock.pass(LOST_MS / 2);
  expect(at()).toEqual(["here", "here", "here", "here"]);
});

test("a job waits while everybody is full, and runs at the server when that has room first", () => {
  let room = 0;
  const here = {
    ...idle,
    get runningCount(): number {
      return 10 - room + world.ungrouped.length;
    },
  };
  const world: CrewWorld = crewWorld({ here });
  const line = openLine(world.crew, { id: "w", capacity: 1 });
  const first = give(world, undefined);
  expect(first.choice).toEqual({ at: "worker", workerId: "w" });
  const [second, third] = [give(world, undefined), give(world, undefined)];
  expect([second.choice, third.choice]).toEqual([{ at: "nobody" }, { at: "nobody" }]);
  room = 1;
  world.crew.serveHere();
  expect(world.ungrouped).toEqual([second.key]);
  line.say({ type: "ended", key: first.key, result: { state: "SUCCESS" } });
  expect(world.assigned).toEqual([[third.key, "w"]]);
});

test("a job does not wait for anybody when the server is full and alone", () => {
  const world = crewWorld({ here: { ...idle, runningCount: 10 } });
  openLine(world.crew, { id: "gpu", groups: ["gpu"] });
  expect(give(world, undefined).choice).toEqual({ at: "here" });
});

test("a job waits until a worker has room for it, and those that came first come first", async () => {
  const world = crewWorld();
  const first = give(world, GPU);
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], capacity: 1 });
  expect(world.assigned).toEqual([[first.key, "w"]]);
  world.crew.hand({ ...job(), key: first.key }, "w");
  const others = [give(world, GPU), give(world, GPU)];
  expect(others.map(({ choice }) => choice.at)).toEqual(["nobody", "nobody"]);
  line.say({ type: "ended", key: first.key, result: { state: "SUCCESS" } });
  expect(world.assigned.slice(1)).toEqual([[others[0]!.key, "w"]]);
  expect(world.host.results.get(first.key)).toEqual({ state: "SUCCESS" });
});

test("a worker whose line is cut gets no job until it is back, and keeps what it has", async () => {
  const world = crewWorld();
  const line = openLine(world.crew, { id: "w", groups: ["gpu"] });
  const { key } = give(world, GPU);
  await line.said();
  line.cut();
  const meanwhile = give(world, GPU);
  expect(meanwhile.choice).toEqual({ at: "nobody" });
  world.crew.kill(key);
  const again = openLine(world.crew, { id: "w", groups: ["gpu"], session: line.session, received: 2, jobs: [key] });
  expect([again.isResumed, kinds(await again.said())]).toEqual([true, [`kill ${key}`]]);
  expect(world.assigned).toEqual([[meanwhile.key, "w"]]);
  expect(world.lost).toEqual([]);
});

test.each([false, true])("an introduction that was held up takes no job away (isLeaving: %s)", async (isLeaving) => {
  const world = crewWorld();
  const worker = { id: "w", groups: ["gpu"] };
  const line = openLine(world.crew, worker);
  const { key } = give(world, GPU);
  expect(kinds(await line.said())).toEqual(["services", "run"]);
  introduceLate(world.crew, { ...worker, isLeaving });
  expect(world.lost).toEqual([]);
  const again = openLine(world.crew, { ...worker, session: line.session, received: 2, jobs: [key] });
  expect([again.isResumed, await again.said()]).toEqual([false, []]);
  again.say({ type: "ended", key, result: { state: "SUCCESS" } });
  expect([world.lost, world.host.results.get(key)]).toEqual([[], { state: "SUCCESS" }]);
  expect(world.crew.list()).toMatchObject([{ running: 0 }]);
});

test.each([false, true])("one that comes to the next server does not either (isLeaving: %s)", (isLeaving) => {
  const world = crewWorld();
  const [early, late] = [job().key, job().key];
  const worker = { id: "w", groups: ["gpu"] };
  world.crew.expect(early, "main", GPU, "w");
  introduceLate(world.crew, { ...worker, isLeaving });
  world.crew.expect(late, "main", GPU, "w");
  world.clock.pass(LOST_MS - 1);
  expect(world.lost).toEqual([]);
  openLine(world.crew, { ...worker, jobs: [early] });
  expect(world.lost.map(([key]) => key)).toEqual([late]);
});

test("a worker of which nothing but such an introduction comes is lost like any other", () => {
  const world = crewWorld();
  const { key } = job();
  world.crew.expect(key, "main", GPU, "w");
  introduceLate(world.crew, { id: "w", groups: ["gpu"], isLeaving: true });
  world.clock.pass(2 * LOST_MS);
  expect(world.lost.map(([lost]) => lost)).toEqual([key]);
  expect(world.crew.list()).toEqual([]);
});

test("what a worker did not hear before the cut is said again, and nothing else", async () => {
  const world = crewWorld();
  const line = openLine(world.crew, { id: "w", groups: ["gpu"] });
  give(world, GPU);
  const second = give(world, GPU);
  expect(kinds(await line.said())).toEqual(["services", "run", "run"]);
  line.cut();
  const again = openLine(world.crew, { id: "w", groups: ["gpu"], session: line.session, received: 2 });
  expect(await again.said()).toMatchObject([{ type: "run", job: { key: second.key } }]);
});

test("the jobs of a worker that is silent for too long start again, and what it says later does not count", async () => {
  const world = crewWorld();
  world.clock.pass(LOST_MS);
  const line = openLine(world.crew, { id: "w", groups: ["gpu"] });
  const { key } = give(world, GPU);
  world.clock.pass(LOST_MS);
  expect(world.lost).toEqual([]);
  world.clock.pass(LOST_MS / 3);
  expect(world.lost).toEqual([[key, "its worker was silent for 30 seconds"]]);
  const back = openLine(world.crew, { id: "w", groups: ["gpu"], session: line.session, jobs: [key] });
  expect([back.isResumed, kinds(await back.said())]).toEqual([false, [`kill ${key}`]]);
  back.say({ type: "ended", key, result: { state: "SUCCESS" } });
  expect([world.host.results.size, await back.settled()]).toEqual([0, [[1, 1]]]);
});

test("a server that stood still itself gives its workers their time again", () => {
  const world = crewWorld();
  openLine(world.crew, { id: "w", groups: ["gpu"] });
  give(world, GPU);
  world.clock.standStill(LOST_MS * 3);
  expect(world.lost).toEqual([]);
  world.clock.pass(LOST_MS * 1.5);
  expect(world.lost.length).toBe(1);
});

test.each([3_600_000, -3_600_000])("a clock that is set by %i ms makes no worker older or younger", (byMs) => {
  const world = crewWorld();
  openLine(world.crew, { id: "w", groups: ["gpu"] });
  const { key } = give(world, GPU);
  world.clock.pass(LOST_MS / 2);
  world.clock.set(byMs);
  world.clock.pass(LOST_MS / 3);
  expect(world.lost).toEqual([]);
  expect(world.crew.list()).toMatchObject([{ silentMs: LOST_MS / 2 + LOST_MS / 3 }]);
  world.clock.pass(LOST_MS / 2);
  expect(world.lost).toEqual([[key, "its worker was silent for 30 seconds"]]);
});

test("a worker that comes back without a job that it had has lost it", () => {
  const world = crewWorld();
  openLine(world.crew, { id: "w", groups: ["gpu"] });
  const [kept, gone] = [give(world, GPU), give(world, GPU)];
  openLine(world.crew, { id: "w", groups: ["gpu"], jobs: [kept.key] });
  expect(world.lost).toEqual([[gone.key, "its worker does not have it"]]);
});

test("a job that a worker gives back starts again at once, and one that leaves gets no other", async () => {
  const world = crewWorld();
  const line = openLine(world.crew, { id: "w", groups: ["gpu"] });
  const { key } = give(world, GPU);
  line.say({ type: "leaving" }, { type: "returned", key });
  expect(world.lost).toEqual([[key, "its worker stopped and gave it back"]]);
  expect(give(world, GPU).choice).toEqual({ at: "nobody" });
  line.cut();
  expect(world.crew.list()).toEqual([]);
});

test("after a start of the server a job goes on at the worker that comes back with it", async () => {
  const world = crewWorld();
  const { key } = job();
  world.crew.expect(key, "main", GPU, "w");
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], jobs: [key] });
  line.say({ type: "ended", key, result: { state: "SUCCESS" } });
  expect([world.host.results.get(key), world.lost]).toEqual([{ state: "SUCCESS" }, []]);
});

test("what a worker says of a job before the server knows of it is kept for the job", async () => {
  const world = crewWorld();
  const { key } = job();
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], jobs: [key] });
  line.say({ type: "started", key, at: 1 }, { type: "ended", key, result: { state: "SUCCESS" } });
  expect([world.host.events, await line.settled()]).toEqual([[], []]);
  world.crew.expect(key, "main", GPU, "w");
  expect([world.host.events, await line.settled()]).toEqual([[`started ${key}`, `ended ${key}`], [[1, 2]]]);
});

test("a job whose worker does not come back after a start of the server starts again", () => {
  const world = crewWorld();
  const { key } = job();
  world.crew.expect(key, "main", GPU, "w");
  world.clock.pass(LOST_MS - 1);
  expect(world.lost).toEqual([]);
  world.clock.pass(1);
  expect(world.lost).toEqual([[key, "its worker did not come back after the start of the server"]]);
});

test("once it is known which jobs will be expected, what is said of others does not count, and of these is kept", async () => {
  const world = crewWorld();
  const [coming, other] = [job().key, job().key];
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], jobs: [coming, other] });
  for (const key of [other, coming]) line.say({ type: "ended", key, result: { state: "SUCCESS" } });
  world.crew.awaits(new Set([coming]));
  expect([await line.said(), await line.settled()]).toEqual([[{ type: "kill", key: other }], [[1, 1]]]);
  expect(world.host.results.size).toBe(0);
  world.crew.expect(coming, "main", GPU, "w");
  expect([...world.host.results.keys()]).toEqual([coming]);
  const late = job().key;
  openLine(world.crew, { id: "late", groups: ["gpu"], jobs: [late] }).say({
    type: "ended",
    key: late,
    result: { state: "SUCCESS" },
  });
  expect([...world.host.results.keys()]).toEqual([coming]);
});

test("a job of a server that died is given up after the time that servers have, whenever it is known of", () => {
  const world = crewWorld({ memberLostAfterMs: LOST_MS / 2 });
  const [early, late, elsewhere] = [job().key, job().key, job().key];
  const member = workerIdOfMember("m");
  world.crew.expect(early, "main", undefined, member);
  world.crew.expect(elsewhere, "main", undefined, "w");
  world.clock.pass(LOST_MS / 2 - 1);
  expect(world.lost).toEqual([]);
  world.clock.pass(1);
  expect(world.lost.map(([key]) => key)).toEqual([early]);
  world.crew.expect(late, "main", undefined, member);
  expect(world.lost.map(([key]) => key)).toEqual([early, late]);
  world.clock.pass(LOST_MS / 2);
  expect(world.lost.map(([key]) => key)).toEqual([early, late, elsewhere]);
});

test("servers may have more time than workers", () => {
  const world = crewWorld({ memberLostAfterMs: LOST_MS * 2 });
  const { key } = job();
  world.crew.expect(key, "main", undefined, workerIdOfMember("m"));
  world.clock.pass(LOST_MS * 2 - 1);
  expect(world.lost).toEqual([]);
  world.clock.pass(1);
  expect(world.lost.map(([lost]) => lost)).toEqual([key]);
});

test("a job that nobody expects is killed once it is known that nobody will", async () => {
  const world = crewWorld();
  const { key } = job();
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], jobs: [key] });
  line.say({ type: "ended", key, result: { state: "SUCCESS" } });
  expect(await line.said()).toEqual([]);
  world.clock.pass(LOST_MS);
  expect([await line.said(), await line.settled()]).toEqual([[{ type: "kill", key }], [[1, 1]]]);
  expect(world.host.results.size).toBe(0);
});

const FALLBACKS = [
  [
    "FAIL",
    { at: "refused", result: { state: "FAILED", error: { message: "no worker of the group gpu is connected" } } },
  ],
  ["CANCEL", { at: "refused", result: { state: "KILLED" } }],
  ["IGNORE", { at: "here" }],
  ["WAIT", { at: "nobody" }],
] as const;

test.each(FALLBACKS)("a group without a worker, and %s: as it says", (fallback, choice) => {
  const world = crewWorld({ here: idle });
  world.clock.pass(LOST_MS);
  expect(give(world, { ...GPU, fallback }).choice).toEqual(choice);
});

test.each(FALLBACKS)("a job that waits when its last worker is lost, and %s: as it says", (fallback) => {
  const world = crewWorld({ here: idle });
  world.clock.pass(LOST_MS);
  const target = { ...GPU, fallback };
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], capacity: 1 });
  give(world, target);
  const { key } = give(world, target);
  line.cut();
  world.clock.pass(LOST_MS * 2);
  const result = world.host.results.get(key)?.state;
  expect([result, world.ungrouped]).toEqual([
    { FAIL: "FAILED", CANCEL: "KILLED", IGNORE: undefined, WAIT: undefined }[fallback],
    fallback === "IGNORE" ? [key] : [],
  ]);
});

test("just after a start nothing fails because its workers are not back yet", () => {
  const world = crewWorld();
  const { key, choice } = give(world, { ...GPU, fallback: "FAIL" });
  expect(choice).toEqual({ at: "nobody" });
  world.clock.pass(LOST_MS);
  expect(world.host.results.get(key)?.state).toBe("FAILED");
});

test("a job that waits is killed at once, and its place goes to another one", () => {
  const world = crewWorld();
  const waiting = give(world, GPU);
  expect(world.crew.kill(waiting.key)).toBe(true);
  expect(world.host.results.get(waiting.key)).toEqual({ state: "KILLED" });
  openLine(world.crew, { id: "w", groups: ["gpu"], capacity: 1 });
  const promised = world.crew.choose("main/e/r/1", "main", GPU);
  const next = give(world, GPU);
  expect([promised.at, next.choice.at]).toEqual(["worker", "nobody"]);
  world.crew.forgo("main/e/r/1");
  expect(world.assigned).toEqual([[next.key, "w"]]);
  expect(world.crew.kill("main/nobody/knows/1")).toBe(false);
});

test("a worker asks for what is of the tenants of its jobs, and of no other", async () => {
  const world = crewWorld();
  world.clock.pass(LOST_MS);
  const line = openLine(world.crew, { id: "w", groups: ["gpu"] });
  const { key } = give(world, GPU);
  expect([world.crew.mayUse("w", "test", "main"), world.crew.mayUse("w", "test", "other")]).toEqual([true, false]);
  expect([world.crew.mayUse("w", "stolen", "main"), world.crew.mayUse("x", "test", "main")]).toEqual([
    undefined,
    undefined,
  ]);
  const call = (number: number, target: object, ...args: readonly unknown[]) =>
    line.say({
      type: "call",
      call: number,
      target: target as never,
      args: Object.fromEntries(Object.entries(args)),
      count: args.length,
    });
  call(1, { type: "lookup", key }, "outputs", "far");
  call(2, { type: "lookup", key: "main/other/job/1" }, "outputs");
  call(3, { type: "service", tenant: "other", method: "secret" }, "company", "TOKEN");
  call(4, { type: "service", tenant: "main", method: "namespaceFiles.list" }, "company");
  const said = (await line.said()).slice(2);
  expect(said.map((message) => `${message.type} ${"call" in message ? message.call : ""}`).toSorted()).toEqual([
    "answer 1",
    "refusal 2",
    "refusal 3",
    "refusal 4",
  ]);
});

test("who shows another token is not taken for the worker of that id", () => {
  const world = crewWorld();
  const line = openLine(world.crew, { id: "w" });
  expect(world.crew.receive(line.session, "stolen", "")).toBeUndefined();
  expect(() => openLine(world.crew, { id: "w", session: line.session, token: "stolen" })).toThrow("is not taken");
  expect(world.crew.list().map(({ token }) => token)).toEqual(["test"]);
});

test("after a start of the server a job is not left to a worker that may not have it", () => {
  const world = crewWorld();
  const { key } = job();
  world.crew.expect(key, "main", GPU, "w");
  openLine(world.crew, { id: "w", groups: ["eu"], jobs: [key] });
  expect(world.lost).toEqual([[key, "its worker does not have it"]]);
});

test("what a job asks before the server knows of it is answered once it does", async () => {
  const world = crewWorld();
  const { key } = job();
  const line = openLine(world.crew, { id: "w", groups: ["gpu"], jobs: [key] });
  line.say({ type: "call", call: 1, target: { type: "lookup", key }, args: { 0: "outputs" }, count: 1 });
  expect(await line.said()).toEqual([]);
  world.crew.expect(key, "main", GPU, "w");
  expect(await line.said()).toMatchObject([{ type: "answer", call: 1 }]);
});

test("jobs that wait for a worker come by priority, and by turns of their tenants and namespaces", () => {
  const world = crewWorld();
  const of = (tenant: string, namespace: string, priority = 0) => {
    const made = job();
    return { ...made, priority, identity: { ...made.identity, tenant, namespace } };
  };
  const waiting = [of("a", "x"), of("a", "x"), of("a", "y"), of("b", "x"), of("b", "x", 1)];
  for (const given of waiting) give(world, GPU, given);
  openLine(world.crew, { id: "w", groups: ["gpu"], capacity: 10 });
  const places = world.assigned.map(([key]) => waiting.findIndex((given) => given.key === key));
  expect(places).toEqual([4, 0, 3, 2, 1]);
});
