import { createMemoryStore, type Store, StoreError } from "@capstan/store";
import { describe, expect, test } from "vitest";
import { NAMESPACE, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

const FLOW = `
id: paused
namespace: ${NAMESPACE}
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
`;

const SCHEDULED = `
id: scheduled
namespace: ${NAMESPACE}
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 0 * * *"
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
`;

const LISTENING = `
id: listening
namespace: ${NAMESPACE}
triggers: [{id: events, type: test.Count, waits: true, upTo: 1}]
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
`;

/** A store on a disk that is full when the test says so; each commit waits while `pause` holds. */
function smallDisk() {
  const store = createMemoryStore();
  const disk = { isFull: false, underWay: 0, refused: 0, pause: Promise.resolve() as Promise<unknown> };
  const commit: Store["commit"] = async (unit) => {
    disk.underWay += 1;
    await disk.pause;
    disk.underWay -= 1;
    if (!disk.isFull) return store.commit(unit);
    disk.refused += 1;
    throw new StoreError("store-full", "the disk is full");
  };
  return { disk, store: { ...store, commit } };
}

async function setup() {
  const { disk, store } = smallDisk();
  const world = await runtimeByHand(store, [FLOW]);
  /** Lets the disk be full, found by a commit that takes long; `meanwhile` happens while it is under way. */
  const fill = async (meanwhile: () => unknown) => {
    const pause = Promise.withResolvers<void>();
    disk.pause = pause.promise;
    disk.isFull = true;
    const first = world.create("paused").catch((error: unknown) => error);
    await until(() => (disk.underWay > 0 ? true : undefined));
    const answers = meanwhile();
    // Whatever was asked for has come as far as it comes before the commit is refused.
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    disk.pause = Promise.resolve();
    pause.resolve();
    expect(await first).toMatchObject({ code: "store-full" });
    return answers;
  };
  return { ...world, store, disk, fill };
}

describe("while nothing can be written", () => {
  test("who asks for an execution is told, also one who asked during the commit that found out", async () => {
    const { create, disk, fill, ended, runtime } = await setup();
    let second: Promise<unknown> | undefined;
    await fill(() => void (second = create("paused")));
    await expect(second).rejects.toMatchObject({ code: "store-full" });
    await expect(create("paused")).rejects.toMatchObject({ code: "store-full" });
    disk.isFull = false;
    const { id } = await until(() => create("paused").catch(() => undefined));
    await runtime.executions.kill(TENANT, id);
    expect((await ended(id)).row.state).toBe("KILLED");
  });

  test("who asks for something of an execution is told", async () => {
    const { create, fill, disk, runtime, ended } = await setup();
    const { id } = await create("paused");
    const kill = () => runtime.executions.kill(TENANT, id);
    let killed: Promise<unknown> | undefined;
    await fill(() => void (killed = kill()));
    await expect(killed).rejects.toMatchObject({ code: "store-full" });
    await expect(kill()).rejects.toMatchObject({ code: "store-full" });
    disk.isFull = false;
    // What was being taken when the disk turned out to be full goes on.
    expect((await ended(id)).row.state).toBe("KILLED");
  });

  test("an event waits for the commit of its execution, which there is once", async () => {
    const { disk, fill, emits, runtime } = await setup();
    await runtime.flows.save(TENANT, LISTENING, { mode: "apply" });
    const emit = await until(() => emits[0]);
    let taken: Promise<unknown> | undefined;
    await fill(() => void (taken = emit({ variables: { n: 1 } })));
    expect(await Promise.race([taken!.then(() => "taken"), new Promise(setImmediate).then(() => "waiting")])).toBe(
      "waiting",
    );
    disk.isFull = false;
    await taken;
    const filter = { tenant: TENANT, namespace: NAMESPACE, flowId: "listening" };
    const { rows } = await runtime.executions.search(filter, { offset: 0, limit: 10 });
    expect(rows).toMatchObject([{ state: "PAUSED", trigger: { variables: { n: 1 } } }]);
  });

  test("the server can stop, and has what was durable when it starts again", async () => {
    const { create, fill, disk, runtime, store } = await setup();
    const { id } = await create("paused");
    let second: Promise<unknown> | undefined;
    await fill(() => void (second = create("paused")));
    await expect(second).rejects.toBeDefined();
    await runtime.stop({ graceMs: 0 });
    disk.isFull = false;
    const again = await runtimeByHand(createMemoryStore({ from: store.snapshot() }), []);
    const { rows } = await again.runtime.executions.search({ tenant: TENANT }, { offset: 0, limit: 10 });
    expect(rows.map((row) => [row.id, row.state])).toEqual([[id, "PAUSED"]]);
  });

  test("the server can stop although rows of triggers wait to be written", async () => {
    const { disk, runtime } = await setup();
    await runtime.flows.save(TENANT, SCHEDULED, { mode: "apply" });
    disk.isFull = true;
    await until(() => (disk.refused > 0 ? true : undefined));
    await runtime.stop({ graceMs: 0 });
  });
});
