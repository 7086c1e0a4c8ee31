import type { JsonValue, Trigger } from "@capstan/model";
import { describe, expect, it } from "vitest";
import type { TriggerFinding } from "../worker/worker.ts";
import { RequestError } from "../errors.ts";
import type { TriggerCall } from "./scheduler-parts.ts";
import { createWorld, HOUR, MINUTE, START, trigger, worldWith } from "./scheduler-world.fixture.ts";

const polling = (more: Partial<Trigger> = {}) => trigger({ interval: "PT5M" }, { type: "test.Poll", ...more });

describe("a polling trigger", () => {
  it("is asked at once, and then after each interval", async () => {
    const asked: number[] = [];
    const world = createWorld();
    world.answer = async () => {
      asked.push(world.now - START);
      return undefined;
    };
    await world.save([polling()]);
    await world.boot();
    await world.pass(12 * MINUTE);
    expect(asked).toEqual([0, 5 * MINUTE, 10 * MINUTE]);
    expect(world.fired).toEqual([]);
  });

  it("is told how far it got, and starts the execution whose id it was told", async () => {
    const calls: TriggerCall[] = [];
    const world = await worldWith(polling(), {
      answer: async (call) => {
        calls.push(call);
        return { variables: {}, position: calls.length };
      },
    });
    await world.pass(5 * MINUTE);
    expect(calls.map(({ position }) => position)).toEqual([undefined, 1]);
    expect(world.fired.map(({ executionId }) => executionId)).toEqual(calls.map(({ executionId }) => executionId));
  });

  it("may get further without starting anything", async () => {
    const positions: (JsonValue | undefined)[] = [];
    const world = await worldWith(polling(), {
      answer: async ({ position }) => {
        positions.push(position);
        return positions.length === 1 ? { position: "away" } : undefined;
      },
    });
    await world.pass(10 * MINUTE);
    expect([positions, world.fired]).toEqual([[undefined, "away", "away"], []]);
    expect(world.row()).toMatchObject({ memory: { position: "away" } });
  });

  it("starts an execution with what it answers, and is locked while that runs", async () => {
    const world = await worldWith(polling(), { endsAs: undefined, answer: async () => ({ variables: { file: "a" } }) });
    await world.pass(HOUR);
    expect(world.fired.map(({ variables }) => variables)).toEqual([{ file: "a" }]);
    world.end("e1");
    await world.pass(0);
    expect(world.fired).toHaveLength(2);
  });

  it.each([
    ["execution-unstorable", "the execution can't be stored"],
    ["inputs-invalid", "missing required input"],
    ["check-failed", "not on Sundays"],
  ] as const)("keeps its position when the execution of an event is refused as %s", async (code, reason) => {
    const positions: (JsonValue | undefined)[] = [];
    const world = await worldWith(polling(), {
      answer: async ({ position }) => {
        positions.push(position);
        return { variables: {}, position: positions.length };
      },
    });
    world.refuse = new RequestError(code, reason);
    await world.pass(10 * MINUTE);
    expect(positions).toEqual([undefined, 1, 1]);
    expect(world.logs.flatMap(({ lines }) => lines.map(({ message }) => message))).toEqual(
      Array.from({ length: 2 }, () => `the trigger started no execution: ${reason}`),
    );
    expect(world.row()).not.toHaveProperty("executionId");
  });

  it("that fails is asked again later; with failOnTriggerError an execution shows it", async () => {
    const answer = () => Promise.reject(new Error("no route"));
    const world = await worldWith(polling(), { answer });
    await world.pass(10 * MINUTE);
    expect([world.fired, world.logs.length]).toEqual([[], 3]);
    const strict = await worldWith(polling({ failOnTriggerError: true }), { answer });
    await strict.pass(0);
    expect(strict.fired[0]?.failure).toBe("no route");
  });

  it("can be disabled while it is being asked; what it then answers doesn't count", async () => {
    let reply: (event: TriggerFinding) => void = () => undefined;
    const answer = () => new Promise<TriggerFinding>((resolve) => (reply = resolve));
    const world = await worldWith(polling(), { answer });
    await world.scheduler.setDisabled(world.key, true);
    reply({ variables: { late: true } });
    await world.pass(HOUR);
    expect(world.fired).toEqual([]);
  });
});

describe("a polling trigger that never answers", () => {
  const silent = (signals: AbortSignal[], asked: number[]) => {
    const world = createWorld();
    world.parts.pollLimitMs = 2 * MINUTE;
    world.answer = ({ signal }) => {
      signals.push(signal);
      asked.push(world.now - START);
      return new Promise<never>(() => undefined);
    };
    return world;
  };

  it("is interrupted after a limit, which its log tells, and asked again after its interval", async () => {
    const signals: AbortSignal[] = [];
    const asked: number[] = [];
    const world = silent(signals, asked);
    await world.save([polling()]);
    await world.boot();
    await world.pass(2 * MINUTE - 1);
    expect(signals[0]!.aborted).toBe(false);
    await world.pass(5 * MINUTE + 1);
    expect(asked).toEqual([0, 7 * MINUTE]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(world.logs.flatMap(({ lines }) => lines.map(({ level, message }) => `${level} ${message}`))).toEqual([
      "ERROR the trigger could not be evaluated: it gave no answer within PT2M",
    ]);
    expect(world.fired).toEqual([]);
  });

  it("shows that in an execution where the flow asks for it", async () => {
    const world = silent([], []);
    await world.save([polling({ failOnTriggerError: true })]);
    await world.boot();
    await world.pass(2 * MINUTE);
    expect(world.fired[0]?.failure).toBe("it gave no answer within PT2M");
  });

  it("can be disabled meanwhile, and is not asked again", async () => {
    const asked: number[] = [];
    const world = silent([], asked);
    await world.save([polling()]);
    await world.boot();
    await world.scheduler.setDisabled(world.key, true);
    await world.pass(HOUR);
    expect([asked, world.logs]).toEqual([[0], []]);
  });

  it("leaves no timer behind when it does answer", async () => {
    const world = createWorld();
    await world.save([polling()]);
    await world.boot();
    await world.pass(MINUTE);
    expect(world.timers.size).toBe(1);
  });
});

describe("a realtime trigger", () => {
  const listening = trigger({}, { type: "test.Listen" });
  /** Gives events to whoever listens last. */
  const source = () => {
    let last: (event: TriggerFinding) => Promise<void> = () => Promise.resolve();
    const listener = ({ signal }: TriggerCall, given: typeof last) => {
      last = given;
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    };
    return { listener, emit: (event: TriggerFinding) => last(event) };
  };

  it("starts an execution for each event, without a lock", async () => {
    let emit: (event: TriggerFinding) => Promise<void> = () => Promise.resolve();
    const world = await worldWith(listening, {
      endsAs: undefined,
      listener: (call, given) => {
        emit = given;
        return new Promise((resolve) => call.signal.addEventListener("abort", () => resolve()));
      },
    });
    await Promise.all([emit({ variables: { n: 1 } }), emit({ variables: { n: 2 } })]);
    expect(world.fired.map(({ variables }) => variables)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(world.row()).not.toHaveProperty("executionId");
  });

  it("takes events that its conditions don't let pass, and remembers how far it got", async () => {
    const { listener, emit } = source();
    const more = { type: "test.Listen", when: "{{ trigger.n > 1 and trigger.n != 9 }}" };
    const world = await worldWith(trigger({}, more), { listener });
    for (const n of [1, 2, 9]) await emit({ variables: { n }, position: n });
    expect(world.fired.map(({ variables }) => variables)).toEqual([{ n: 2 }]);
    expect(world.row()?.memory).toEqual({ position: 9 });
    const condition = {
      type: "io.kestra.plugin.core.condition.Expression",
      properties: { expression: "{{ trigger.n == 9 }}" },
    };
    const old = await worldWith(trigger({}, { type: "test.Listen", conditions: [condition] }), { listener });
    for (const n of [1, 9]) await emit({ variables: { n } });
    expect(old.fired.map(({ variables }) => variables)).toEqual([{ n: 9 }]);
  });

  it("tells in its log, or by an execution where the flow asks for it, that its conditions can't be evaluated", async () => {
    const { listener, emit } = source();
    const broken = (failOnTriggerError: boolean) =>
      trigger({}, { type: "test.Listen", when: "{{ trigger.absent }}", failOnTriggerError });
    const world = await worldWith(broken(false), { listener });
    await emit({ variables: {}, position: 1 });
    expect([world.fired, world.row()?.memory]).toEqual([[], { position: 1 }]);
    expect(world.logs.flatMap(({ lines }) => lines.map(({ level, message }) => `${level} ${message}`))).toEqual([
      expect.stringContaining("ERROR the conditions of the trigger can't be evaluated"),
    ]);
    const strict = await worldWith(broken(true), { listener });
    await emit({ variables: {} });
    expect(strict.fired[0]?.failure).toContain("absent");
  });

  it("listens again after it stopped, and no more once it is disabled", async () => {
    let count = 0;
    let open = 0;
    const world = await worldWith(listening, {
      listener: async ({ signal }) => {
        count += 1;
        if (count < 3) throw new Error("connection lost");
        open += 1;
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        open -= 1;
      },
    });
    await world.pass(HOUR);
    expect([count, open]).toEqual([3, 1]);
    await world.scheduler.setDisabled(world.key, true);
    await world.pass(HOUR);
    expect([count, open]).toEqual([3, 0]);
  });

  it("goes on from the position of its last durable event, in whatever process", async () => {
    const positions: (JsonValue | undefined)[] = [];
    let emit: (event: TriggerFinding) => Promise<void> = () => Promise.resolve();
    const world = await worldWith(listening, {
      listener: ({ position, signal }, given) => {
        positions.push(position);
        emit = given;
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    });
    await Promise.all([1, 2, 3].map((position) => emit({ variables: {}, position })));
    void world.kill();
    await world.boot();
    expect(positions).toEqual([undefined, 3]);
    expect(await world.scheduler.forget(world.key)).toBe(true);
    await world.pass(0);
    expect(positions).toEqual([undefined, 3, undefined]);
    expect(world.row()).toBeUndefined();
  });

  it("is told to give an event again when nobody knows whether its execution is durable", async () => {
    let emit: (event: TriggerFinding) => Promise<void> = () => Promise.resolve();
    const world = await worldWith(listening, {
      listener: ({ signal }, given) => {
        emit = given;
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    });
    world.refuse = new Error("disk full");
    await expect(emit({ variables: { n: 1 } })).rejects.toThrow("disk full");
    world.refuse = undefined;
    await emit({ variables: { n: 1 } });
    expect(world.fired).toHaveLength(1);
  });
});
