import { compilePlan, createLive, type ExecutionRow } from "@capstan/engine";
import { checkFlow, createCatalogue, languageCatalogue } from "@capstan/model";
import type { CommitUnit, Store } from "@capstan/store";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { Executor } from "./executor.ts";

const FLOW = `id: paused\nnamespace: company.team\ntasks: [{id: wait, type: io.kestra.plugin.core.flow.Pause}]`;

/** Longer than the executor keeps the thread in one slice. */
const TURN_MS = 10;

function setup() {
  const units: CommitUnit[] = [];
  const commit = async (unit: CommitUnit) => {
    await new Promise(setImmediate);
    units.push(unit);
  };
  const store = { commit } as unknown as Store;
  const executor = new Executor({
    store,
    clock: systemClock,
    logger: pino({ level: "silent" }),
    newId: () => "run",
    environment: (_execution, _run, memo) => ({ now: () => 0, random: () => 0, timeZone: "UTC", memo }),
    globals: {},
    runInline: () => undefined,
    place: () => ({ release: () => undefined }),
    forgo: () => undefined,
    release: () => undefined,
    admit: () => ({ admission: "RUN" }),
    ended: () => undefined,
    stateChanged: ({ id }) => {
      if (id === "broken") throw new TypeError("a bug of ours");
      const until = performance.now() + TURN_MS;
      while (performance.now() < until);
    },
    committed: () => undefined,
    unstorable: async () => undefined,
  });
  return { executor, units };
}

test("an execution is told to be durable by the commit that carries it, however long the queue is", async () => {
  const { executor, units } = setup();
  const stored = await Promise.all(
    ["first", "second", "third"].map(
      (id) =>
        new Promise<boolean>((resolve, reject) => {
          const isStored = () => units.some(({ executions = [] }) => executions.some((row) => row.id === id));
          const add = {
            add: (unit: Executor["unit"]) => unit.whenDurable({ tenant: "main", id }, () => resolve(isStored())),
            refused: reject,
          };
          executor.adopt(liveExecution(id), { type: "start", admission: "RUN" }, add);
        }),
    ),
  );
  expect(stored).toEqual([true, true, true]);
  expect(units.length).toBeGreaterThan(1);
  await executor.stop();
});

test("an execution is live until its end is durable", async () => {
  const { executor, units } = setup();
  executor.adopt(liveExecution("killed"), { type: "start", admission: "RUN" });
  await executor.idle();
  const last = () => units.at(-1)?.executions?.[0]?.state;
  expect(last()).toBe("PAUSED");
  executor.send({ tenant: "main", id: "killed" }, { type: "kill" });
  while (executor.liveCount > 0) {
    expect(last()).not.toBe("KILLED");
    await new Promise(setImmediate);
  }
  expect(last()).toBe("KILLED");
  await executor.stop();
});

test("a defect stops its execution where the store has it, and nothing else", async () => {
  const { executor, units } = setup();
  const refusal = new Promise((resolve) => {
    const companion = { add: () => undefined, refused: resolve };
    executor.adopt(liveExecution("broken"), { type: "start", admission: "RUN" }, companion);
  });
  executor.send({ tenant: "main", id: "broken" }, { type: "kill" });
  executor.adopt(liveExecution("sound"), { type: "start", admission: "RUN" });
  expect(await refusal).toBeInstanceOf(TypeError);
  await executor.idle();
  expect(units.flatMap(({ executions = [] }) => executions.map(({ id }) => id))).toEqual(["sound"]);
  expect(executor.get({ tenant: "main", id: "broken" })).toBeUndefined();
  await executor.stop();
});

function liveExecution(id: string) {
  const { flow } = checkFlow(FLOW, createCatalogue([...languageCatalogue()]));
  const row: ExecutionRow = {
    tenant: "main",
    id,
    namespace: flow!.namespace,
    flowId: flow!.id,
    flowRevision: 1,
    state: "CREATED",
    history: [{ state: "CREATED", date: 0 }],
    kind: "NORMAL",
    labels: [],
    inputs: {},
    variables: {},
    originalId: id,
    attemptNumber: 1,
    createdAt: 0,
  };
  return createLive(compilePlan(flow!, 1), row);
}
