import { setTimeout as sleep } from "node:timers/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStorage } from "@capstan/storage";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../clock.ts";
import { GIVEN, workerConformance, type WorkerOptions } from "../conformance/worker-conformance.ts";
import { idleWorker } from "../test-kit/idle-worker.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import { createThreadWorker } from "../threads/thread-worker.ts";
import type { Job, JobHost, Worker } from "../worker.ts";
import { Crew } from "./crew.ts";
import { LOG_CHARACTERS } from "./messages.ts";
import { RemoteWorker, type RemoteWorkerOptions } from "./remote-worker.ts";
import { crewOn } from "./testing/crew-world.ts";
import { createFaultyLine, type Faults } from "./testing/faulty-line.ts";
import type { UplinkNews } from "./uplink.ts";

const logger = pino({ level: "silent" });
const TARGET = { groups: ["test"], match: "ALL", fallback: "WAIT" } as const;

interface ConnectedOptions {
  readonly faults?: Faults;
  readonly lostAfterMs?: number;
  readonly lastWordsMs?: number;
}

/** A crew, and one worker at the other end of a line. */
async function connected(
  createWorker: RemoteWorkerOptions["createWorker"],
  { faults, lostAfterMs = 60_000, lastWordsMs }: ConnectedOptions = {},
) {
  const world = crewOn(systemClock, { lostAfterMs }, GIVEN);
  let crew = world.crew;
  const line = createFaultyLine(() => crew, faults);
  const news: UplinkNews[] = [];
  const heard = new Set<() => void>();
  const storage = createMemoryStorage();
  await storage.start();
  const remote = new RemoteWorker({
    transport: line,
    self: { id: "w", name: "w", groups: ["test"], version: "1", host: "h", capacity: 64 },
    storage,
    createWorker,
    news: (what) => {
      news.push(what);
      for (const look of heard) look();
    },
  });
  const running = remote.run();
  let stopping: Promise<void> | undefined;
  const stop = (graceMs = 0) =>
    (stopping ??= remote.stop({ graceMs, ...(lastWordsMs !== undefined && { lastWordsMs }) }));
  onTestFinished(async () => {
    await stop();
    await running;
    crew.stop();
  });
  const give = (job: Job) => {
    const choice = crew.choose(job.key, "main", TARGET);
    if (choice.at === "worker") crew.hand(job, choice.workerId);
    else crew.wait(job, TARGET);
  };
  /** Jobs that waited are handed over as soon as a worker has room. */
  const jobs = new Map<string, Job>();
  world.host.assigned = (key, workerId) => queueMicrotask(() => crew.hand(jobs.get(key)!, workerId));
  return {
    ...world,
    line,
    news,
    stop,
    submit: (job: Job) => {
      jobs.set(job.key, job);
      give(job);
    },
    /** Resolves once there was such news. */
    told: (type: UplinkNews["type"], count = 1) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (news.filter((one) => one.type === type).length >= count) resolve();
        };
        heard.add(look);
        look();
      }),
    /** Another process takes the place of the server, which knows nothing but what `expected` says. */
    restart: (expected: readonly Job[]) => {
      crew.stop();
      crew = new Crew(world.host, { clock: systemClock, logger, lostAfterMs, here: undefined });
      crew.start();
      for (const { key } of expected) crew.expect(key, "main", TARGET, "w");
      line.cut();
    },
    kill: (key: string) => crew.kill(key),
  };
}

/** Runs each job in a few turns: says that it began, logs, asks, and ends. */
function quickWorker(ran: string[]): RemoteWorkerOptions["createWorker"] {
  return (host) => ({ ...idleWorker, submit: (job) => void runQuickly(host, job, ran) });
}

async function runQuickly(host: JobHost, { key }: Job, ran: string[]): Promise<void> {
  ran.push(key);
  host.started(key, 1);
  for (const line of ["one", "two"]) host.log(key, "task", [{ time: 1, level: "INFO", message: `${key} ${line}` }]);
  await sleep(1);
  const found = (await host.lookup(key, ["outputs", "far"])) as { readonly value: string };
  host.metrics(key, "task", [{ name: key, type: "counter", value: 1 }]);
  host.log(key, "task", [{ time: 1, level: "INFO", message: `${key} ${found.value}` }]);
  host.ended(key, { state: "SUCCESS" });
}

/** Runs each job for a while. */
function slowWorker(ran: string[], lastsMs: () => number): RemoteWorkerOptions["createWorker"] {
  return (host) => ({
    ...idleWorker,
    submit: async ({ key }) => {
      ran.push(key);
      host.started(key, 1);
      await sleep(lastsMs());
      host.ended(key, { state: "SUCCESS" });
    },
  });
}

const someJobs = (count: number) => Array.from({ length: count }, () => testJob(testTask("test.Echo")));
const sorted = (texts: readonly string[]) => texts.toSorted();

/** A generator of the numbers from 0 to 1 that follow from a seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test.each(Array.from({ length: 24 }, (_, seed) => seed))(
  "a line that is cut, slow and repeats itself loses nothing and doubles nothing (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    let pieces = 0;
    let happened = 0;
    const happens = (chance: number) => {
      const isSo = random() < chance;
      happened += Number(isSo);
      return isSo;
    };
    const faults: Faults = {
      // One of the first pieces for certain: how many there are, and so what befalls them, is up to the machine.
      cuts: () => happens(pieces++ === 1 + (seed % 6) ? 1 : 0.06),
      delayMs: () => Math.floor(random() * 4),
      repeats: () => happens(0.2),
      lingersMs: () => (happens(0.5) ? Math.floor(random() * 120) : undefined),
    };
    const ran: string[] = [];
    const { submit, host, crew } = await connected(quickWorker(ran), { faults });
    const jobs = someJobs(40);
    // Given to a worker that had hung up by then, it never began.
    host.lost = (key) => submit(jobs.find((job) => job.key === key)!);
    for (const job of jobs) {
      submit(job);
      if (random() < 0.3) await sleep(2);
    }
    await Promise.all(jobs.map(({ key }) => host.over(key)));
    const keys = sorted(jobs.map(({ key }) => key));
    expect(sorted(ran)).toEqual(keys);
    expect(sorted(host.events)).toEqual(sorted(keys.flatMap((key) => [`started ${key}`, `ended ${key}`])));
    expect(sorted(host.metricsSeen.map(({ name }) => name))).toEqual(keys);
    for (const key of keys) {
      const lines = host.lines.flatMap(({ message }) =>
        message.startsWith(`${key} `) ? message.split(" ").at(-1)! : [],
      );
      expect(lines).toEqual(["one", "two", "found"]);
    }
    expect(crew.list()).toMatchObject([{ running: 0 }]);
    expect(happened).toBeGreaterThan(0);
  },
);

test("a server that began anew hears of each job that a worker had, and none runs again", async () => {
  const ran: string[] = [];
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const jobs = someJobs(10);
  const world = await connected((host) => ({
    ...idleWorker,
    submit: async (job) => {
      ran.push(job.key);
      if (ran.length === jobs.length) begun.resolve();
      await go.promise;
      host.ended(job.key, { state: "SUCCESS" });
    },
  }));
  await world.told("connected");
  for (const job of jobs) world.submit(job);
  await begun.promise;
  world.restart(jobs);
  go.resolve();
  await Promise.all(jobs.map(({ key }) => world.host.over(key)));
  expect([sorted(ran), world.lost]).toEqual([sorted(jobs.map(({ key }) => key)), []]);
  expect(world.host.events.length).toBe(jobs.length);
});

test.each(Array.from({ length: 24 }, (_, seed) => seed))(
  "no job that runs is given to somebody else while servers come and go, lines are cut, and introductions arrive late (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    const upTo = (milliseconds: number) => Math.floor(random() * milliseconds);
    const faults: Faults = {
      cuts: () => random() < 0.1,
      delayMs: () => upTo(4),
      repeats: () => random() < 0.2,
      lingersMs: () => (random() < 0.8 ? upTo(120) : undefined),
    };
    const ran: string[] = [];
    const world = await connected(
      slowWorker(ran, () => upTo(100)),
      { faults, lastWordsMs: 10 },
    );
    const jobs = someJobs(60);
    const takenAway: string[] = [];
    world.host.lost = (key) => {
      if (ran.includes(key)) takenAway.push(key);
      world.submit(jobs.find((job) => job.key === key)!);
    };
    for (const [index, job] of jobs.entries()) {
      world.submit(job);
      await sleep(upTo(6));
      if (index % 20 === 19) world.restart(jobs.slice(0, index + 1).filter(({ key }) => !world.host.results.has(key)));
    }
    await Promise.all(jobs.map(({ key }) => world.host.over(key)));
    expect([takenAway, sorted(ran)]).toEqual([[], sorted(jobs.map(({ key }) => key))]);
  },
);

test("a result whose commit the server did not live to see is told to the next one", async () => {
  const ran: string[] = [];
  const world = await connected(quickWorker(ran));
  const [job] = someJobs(1);
  const taken = Promise.withResolvers<void>();
  const ended = world.host.ended.bind(world.host);
  // The first server takes the result, and is gone before it is durable.
  world.host.ended = () => taken.resolve();
  world.submit(job!);
  await taken.promise;
  world.host.ended = ended;
  world.restart([job!]);
  expect(await world.host.over(job!.key)).toEqual({ state: "SUCCESS" });
  expect(ran).toEqual([job!.key]);
});

test("a worker that reaches no server for too long stops its jobs, which start again, and nothing that it said counts", async () => {
  const killed: string[] = [];
  const begun = Promise.withResolvers<void>();
  let host: JobHost | undefined;
  const world = await connected(
    (given) => {
      host = given;
      const kill = (key: string) => {
        killed.push(key);
        given.ended(key, { state: "KILLED" });
      };
      return { ...idleWorker, submit: () => begun.resolve(), kill };
    },
    { lostAfterMs: 400 },
  );
  const [job] = someJobs(1);
  world.submit(job!);
  await begun.promise;
  world.line.isDown = true;
  world.line.cut();
  host!.log(job!.key, "task", [{ time: 1, level: "INFO", message: "unheard" }]);
  await world.told("cut-off");
  while (world.lost.length === 0) await sleep(10);
  world.line.isDown = false;
  await world.told("connected", 2);
  await sleep(50);
  expect([killed, world.lost.map(([key]) => key)]).toEqual([[job!.key], [job!.key]]);
  expect([world.host.lines, world.host.events]).toEqual([[], []]);
});

test("who logs is made to wait until the server is done with the lines", async () => {
  const settled: (() => void)[] = [];
  const written = Promise.withResolvers<void>();
  let isWritten = false;
  const world = await connected((host) => ({
    ...idleWorker,
    submit: ({ key }) =>
      host.log(key, "task", [{ time: 1, level: "INFO", message: "line" }], () => {
        isWritten = true;
        written.resolve();
      }),
  }));
  const taken = Promise.withResolvers<void>();
  world.host.log = (_key, _taskId, _lines, done) => {
    settled.push(done!);
    taken.resolve();
  };
  world.submit(someJobs(1)[0]!);
  await taken.promise;
  await sleep(20);
  expect(isWritten).toBe(false);
  settled[0]!();
  await written.promise;
});

test("a flood of lines is sent in pieces", async () => {
  const message = "x".repeat(LOG_CHARACTERS / 2 + 1);
  const lines = [1, 2, 3].map((time) => ({ time, level: "INFO" as const, message }));
  const world = await connected((host) => ({
    ...idleWorker,
    submit: ({ key }) => host.log(key, "task", lines, () => host.ended(key, { state: "SUCCESS" })),
  }));
  const pieces: number[] = [];
  world.host.log = (_key, _taskId, piece, settled) => {
    pieces.push(piece.length);
    settled?.();
  };
  const [job] = someJobs(1);
  world.submit(job!);
  await world.host.over(job!.key);
  expect(pieces).toEqual([1, 1, 1]);
});

async function threadWorkers(options: WorkerOptions) {
  const directory = await mkdtemp(join(tmpdir(), "remote-worker-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return (host: JobHost): Worker => createThreadWorker({ ...options, host, directory });
}

test("a worker that stops gives back what it has not begun, and what did not end in time", async () => {
  const plugins = [new URL("../test-kit/misbehaving-plugin.ts", import.meta.url).href];
  const storage = { module: "@capstan/storage", factory: "createMemoryStorage", options: {} };
  const options = { plugins, storage, threads: 1, concurrency: 1, graceMs: 100 };
  const world = await connected(await threadWorkers(options));
  const [first, second] = [testJob(testTask("test.Wait")), testJob(testTask("test.Wait"))];
  const waiting = world.host.logged("waiting");
  world.submit(first);
  world.submit(second);
  await waiting;
  await world.stop(0);
  expect(world.lost).toEqual([second, first].map(({ key }) => [key, "its worker stopped and gave it back"]));
  expect(world.crew.list()).toEqual([]);
});

describe("a worker at the other end of a line", () => {
  workerConformance(async (options) => {
    const world = await connected(await threadWorkers(options));
    return { worker: { submit: world.submit, kill: (key) => void world.kill(key) }, host: world.host };
  });
});
