import type { JsonMap, Trigger } from "@capstan/model";
import { describe, expect, it } from "vitest";
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

  it("starts an execution with what it answers, and is locked while that runs", async () => {
    const world = await worldWith(polling(), { endsAs: undefined, answer: async () => ({ file: "a" }) });
    await world.pass(HOUR);
    expect(world.fired.map(({ variables }) => variables)).toEqual([{ file: "a" }]);
    world.end("e1");
    await world.pass(0);
    expect(world.fired).toHaveLength(2);
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
    let reply: (variables: JsonMap) => void = () => undefined;
    const answer = () => new Promise<JsonMap>((resolve) => (reply = resolve));
    const world = await worldWith(polling(), { answer });
    await world.scheduler.setDisabled(world.key, true);
    reply({ late: true });
    await world.pass(HOUR);
    expect(world.fired).toEqual([]);
  });
});

describe("a realtime trigger", () => {
  const listening = trigger({}, { type: "test.Listen" });

  it("starts an execution for each event, without a lock", async () => {
    let emit: (variables: JsonMap) => Promise<void> = () => Promise.resolve();
    const world = await worldWith(listening, {
      endsAs: undefined,
      listener: (call, given) => {
        emit = given;
        return new Promise((resolve) => call.signal.addEventListener("abort", () => resolve()));
      },
    });
    await Promise.all([emit({ n: 1 }), emit({ n: 2 })]);
    expect(world.fired.map(({ variables }) => variables)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(world.row()).not.toHaveProperty("executionId");
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
});
