import { expect, test, vi } from "vitest";
import { z } from "zod";
import { isResult, TaskFailure } from "../definition.ts";
import { workerStop } from "../task-runner.ts";
import { createTestWorld } from "../test-kit.ts";
import {
  awaitRun,
  CANCEL_MS_MAX,
  followRun,
  type FollowedService,
  type RemoteService,
  runRemotely,
  type RunSighting,
  startRun,
} from "./remote-run.ts";
import { maxDurationProperty, POLL_MS_MIN, pollProperty } from "./waiting.ts";

const QUICK = { wait: true, pollFrequency: 0, maxDuration: 60_000 };

/** A service whose run is seen in these states, one after the other. */
function serviceOf(states: readonly RunSighting[], more: Partial<RemoteService<number>> = {}): RemoteService<number> {
  let looks = 0;
  return {
    name: "Fake",
    ends: { done: "SUCCESS", partly: "WARNING", broken: "FAILED" },
    start: async () => 7,
    describe: (id) => `run ${id}`,
    outputs: (id) => ({ id }),
    findsAgain: false,
    look: async () => states[Math.min(looks++, states.length - 1)]!,
    ...more,
  };
}

function worldOf(options: { signal?: AbortSignal; now?: () => number } = {}) {
  const world = createTestWorld(options);
  const context = world.context<unknown>({ properties: z.object({}) } as never, {});
  return { context, logs: () => world.logs.map(({ message }) => message) };
}

test("what is seen last goes over what the run was started with", async () => {
  const { context, logs } = worldOf();
  const service = serviceOf([{ state: "busy" }, { state: "busy" }, { state: "done", outputs: { rows: 3 } }]);
  expect(await runRemotely(context, service, QUICK)).toEqual({ id: 7, rows: 3 });
  expect(logs()).toEqual(["Fake: run 7 is started.", "Fake: run 7 is busy.", "Fake: run 7 is done."]);
});

test("a run that ends with a warning warns", async () => {
  const ended = await runRemotely(worldOf().context, serviceOf([{ state: "partly", reason: "2 rows refused" }]), QUICK);
  expect(isResult(ended) && ended).toMatchObject({
    state: "WARNING",
    outputs: { id: 7 },
    message: "Fake: run 7 ended partly: 2 rows refused",
  });
});

test("a look that fails keeps what is known of the run", async () => {
  const look = async () => {
    throw new TaskFailure("nobody answers");
  };
  const failure = await runRemotely(worldOf().context, serviceOf([], { look }), QUICK).catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: "nobody answers", outputs: { id: 7 } });
});

test("between two looks there is a tenth of a second at least, whatever is asked for", async () => {
  const looks: number[] = [];
  const look = async () => ({ state: looks.push(performance.now()) === 3 ? "done" : "busy" });
  await runRemotely(worldOf().context, serviceOf([], { look }), QUICK);
  // Timers may be early by a fraction of a millisecond.
  for (const [index, at] of looks.slice(1).entries()) expect(at - looks[index]!).toBeGreaterThan(POLL_MS_MIN - 2);
});

test("the wait is over when the clock of the task says so, after one more look", async () => {
  let now = 0;
  const looks: number[] = [];
  const look = async () => {
    looks.push(now);
    now += 40_000;
    return { state: "busy" };
  };
  const { context } = worldOf({ now: () => now });
  await expect(runRemotely(context, serviceOf([], { look }), QUICK)).rejects.toThrow(
    "Fake: run 7 is still busy after PT1M (`maxDuration`), and goes on. Raise `maxDuration`, or look there why it takes so long.",
  );
  expect(looks).toEqual([0, 40_000]);
});

test("a kill while a run is being started waits for its id, and cancels it", async () => {
  const kill = new AbortController();
  const cancelled: number[] = [];
  const start = async () => {
    kill.abort(new Error("the task was killed"));
    return 8;
  };
  const cancel = async (id: number) => void cancelled.push(id);
  const { context, logs } = worldOf({ signal: kill.signal });
  await expect(runRemotely(context, serviceOf([], { start, cancel }), QUICK)).rejects.toThrow("the task was killed");
  expect(cancelled).toEqual([8]);
  expect(logs()).toEqual(["Fake: run 8 is cancelled."]);
});

test("a kill between two looks ends the wait at once", async () => {
  const kill = new AbortController();
  const look = async () => {
    queueMicrotask(() => kill.abort(new Error("the task was killed")));
    return { state: "busy" };
  };
  const { context, logs } = worldOf({ signal: kill.signal });
  const hourly = { ...QUICK, pollFrequency: 3_600_000, maxDuration: undefined };
  await expect(runRemotely(context, serviceOf([], { look }), hourly)).rejects.toThrow("the task was killed");
  expect(logs().at(-1)).toBe("Fake: run 7 goes on.");
});

test("a start that is not answered is given up after a kill", async () => {
  vi.useFakeTimers();
  try {
    const kill = new AbortController();
    let givenUpAfter: number | undefined;
    const start = async (signal: AbortSignal) => {
      const from = Date.now();
      kill.abort(new Error("the task was killed"));
      return new Promise<number>((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          givenUpAfter = Date.now() - from;
          reject(signal.reason as Error);
        });
      });
    };
    const running = runRemotely(worldOf({ signal: kill.signal }).context, serviceOf([], { start }), QUICK);
    const ended = running.catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(CANCEL_MS_MAX);
    expect(await ended).toBe("the task was killed");
    expect(givenUpAfter).toBe(CANCEL_MS_MAX);
  } finally {
    vi.useRealTimers();
  }
});

test("a task that was killed before starts nothing", async () => {
  const signal = AbortSignal.abort(new Error("the task was killed"));
  const start = async () => expect.fail("started");
  await expect(runRemotely(worldOf({ signal }).context, serviceOf([], { start }), QUICK)).rejects.toThrow("was killed");
});

test("a run that can't be cancelled doesn't hide why the task ended", async () => {
  const kill = new AbortController();
  const look = async () => {
    kill.abort(new Error("the task ran out of time"));
    return { state: "busy" };
  };
  const cancel = async () => {
    throw new TaskFailure("the service is away");
  };
  const { context, logs } = worldOf({ signal: kill.signal });
  await expect(followRun(context, serviceOf([], { look, cancel }), 7, QUICK)).rejects.toThrow(
    "the task ran out of time",
  );
  expect(logs().at(-1)).toBe("Fake: run 7 could not be cancelled and may go on. the service is away");
});

/** A service that knows how to cancel, and what it was asked to. */
function cancellable(findsAgain: boolean) {
  const cancelled: number[] = [];
  const cancel = async (id: number) => void cancelled.push(id);
  return { service: serviceOf([{ state: "busy" }], { cancel, findsAgain }), cancelled };
}

const GOES_ON = "Fake: run 7 goes on: this task comes back to it on another worker.";

test.each([
  [true, [], GOES_ON],
  [false, [7], "Fake: run 7 is cancelled."],
])("when only the worker stops, a run that is found again (%s) goes on", async (findsAgain, expected, told) => {
  const stop = new AbortController();
  const { service, cancelled } = cancellable(findsAgain);
  const look = async () => {
    queueMicrotask(() => stop.abort(workerStop()));
    return { state: "busy" };
  };
  const { context, logs } = worldOf({ signal: stop.signal });
  await expect(runRemotely(context, { ...service, look }, QUICK)).rejects.toThrow("the worker stops");
  expect([cancelled, logs().at(-1)]).toEqual([expected, told]);
});

test.each([
  [true, [], GOES_ON],
  [false, [7], "Fake: run 7 is cancelled."],
])("so it does while it is being started (%s)", async (findsAgain, expected, told) => {
  const stop = new AbortController();
  const { service, cancelled } = cancellable(findsAgain);
  const start = async () => {
    stop.abort(workerStop());
    return 7;
  };
  const { context, logs } = worldOf({ signal: stop.signal });
  await expect(startRun(context, { ...service, start })).rejects.toThrow("the worker stops");
  expect([cancelled, logs()]).toEqual([expected, [told]]);
});

test("a run that somebody else has started is left alone when the worker stops: it is found by its id", async () => {
  const stop = new AbortController();
  stop.abort(workerStop());
  const { service, cancelled } = cancellable(false);
  const { start: _start, findsAgain: _findsAgain, ...followed } = service;
  const { context, logs } = worldOf({ signal: stop.signal });
  await expect(followRun(context, followed satisfies FollowedService<number>, 7, QUICK)).rejects.toThrow("worker");
  expect([cancelled, logs().at(-1)]).toEqual([[], GOES_ON]);
});

test("how a run was seen last is there with all that the service tells", async () => {
  const service = { ...serviceOf([]), look: async () => ({ state: "done", costs: 3 }) };
  expect(await awaitRun(worldOf().context, service, 7, QUICK)).toEqual({ state: "done", costs: 3 });
});

test("the defaults of a wait are told as durations", () => {
  expect(pollProperty(100).description).toMatch(/ Default: PT0\.1S\.$/);
  expect(maxDurationProperty(5_400_000).description).toMatch(/ Default: PT1H30M\.$/);
});
