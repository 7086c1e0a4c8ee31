import { type JsonMap, workerStop } from "@capstan/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGate } from "./testing/gate.ts";
import { newId, QUEUE, type Shop, type ShopOptions, startShop } from "./testing/shop.ts";
import { BUILD_MS_MAX } from "./testing/temporal-server.ts";
import { trigger } from "./trigger.ts";
import { wait } from "./wait.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
}, BUILD_MS_MAX);
afterAll(() => shop?.[Symbol.asyncDispose]());

const start = (workflowType: string, more: JsonMap = {}, options?: ShopOptions) =>
  shop.run(trigger, { workflowType, taskQueue: QUEUE, ...more }, options);
/** Starts one that the test looks at afterwards. */
const begin = async (workflowType: string, ...args: unknown[]) => {
  const workflowId = newId();
  const { firstExecutionRunId } = await shop.client.workflow.start(workflowType, {
    workflowId,
    args,
    taskQueue: QUEUE,
  });
  return { workflowId, runId: firstExecutionRunId };
};
const statusOf = async (workflowId: unknown) =>
  (await shop.client.workflow.getHandle(workflowId as string).describe()).status.name;
const killed = () => new Error("the task was killed");

describe("arguments and results", () => {
  test("arguments keep their types, and the result its own", async () => {
    const receipt = { order: { id: "a", amount: 3 }, note: "7", paid: true };
    const input = [{ id: "a", amount: 3 }, "{{ note }}", true];
    const outcome = await start("Pay", { input, wait: true }, { variables: { note: 7 } });
    expect(outcome.outputs).toEqual({
      workflowId: expect.stringMatching(/^capstan-attempt-\d+$/),
      runId: expect.any(String),
      status: "COMPLETED",
      result: JSON.stringify(receipt),
      value: receipt,
    });
  });

  test("one expression for all arguments gives them their types", async () => {
    const { outputs } = await start("Give", { input: "[{{ note }}]", wait: true }, { variables: { note: 7 } });
    expect(outputs).toMatchObject({ result: "7", value: 7 });
  });

  test.each([
    ["a text", { result: "a text", value: "a text" }],
    ["", { result: "", value: "" }],
    [false, { result: "false", value: false }],
    [[1, { a: "b" }], { result: '[1,{"a":"b"}]', value: [1, { a: "b" }] }],
  ])("%j is a result", async (given, expected) => {
    expect((await start("Give", { input: [given], wait: true })).outputs).toMatchObject(expected);
  });

  test.each(["Nothing", "Give"])("without a value there is no result (%s)", async (type) => {
    const { outputs } = await start(type, { input: type === "Give" ? [null] : [], wait: true });
    expect(outputs).toEqual({ ...outputs, status: "COMPLETED", value: null });
    expect(outputs).not.toHaveProperty("result");
  });

  test.each([
    ["json/protobuf", '{"n":12345678901234567890}', { n: "12345678901234567890" }, '{"n":12345678901234567890}'],
    ["binary/plain", "hello", "aGVsbG8=", "aGVsbG8="],
  ])("a result of the encoding %s is read", async (encoding, data, value, result) => {
    expect((await start("Encoded", { input: [encoding, data], wait: true })).outputs).toMatchObject({ value, result });
  });

  test("a result that only a codec reads is left out, with a warning", async () => {
    const { outputs, state, logs } = await start("Encoded", { input: ["binary/encrypted", "x"], wait: true });
    expect([state, Object.keys(outputs!)]).toEqual(["SUCCESS", ["workflowId", "runId", "status"]]);
    expect(logs.find(({ level }) => level === "WARN")?.message).toMatch(
      / encoding binary\/encrypted, which only a codec/,
    );
  });
});

describe("starts", () => {
  test("a start ends with the start, and is logged once", async () => {
    const { outputs, logs } = await start("Linger", { workflowId: "started" });
    expect(outputs).toEqual({ workflowId: "started", runId: expect.any(String) });
    expect(logs).toEqual([{ level: "INFO", message: "Temporal: workflow started is started." }]);
    expect(await statusOf("started")).toBe("RUNNING");
  });

  test("who started it, its memo and its search attributes are with the workflow", async () => {
    const memo = { ticket: { id: 7 } };
    const searchAttributes = { Customer: "ann", Amount: 3 };
    const { outputs } = await start("Give", { input: [1], memo, searchAttributes }, { attemptKey: "known" });
    const handle = shop.client.workflow.getHandle(outputs!["workflowId"] as string);
    const { memo: kept, searchAttributes: found } = await handle.describe();
    expect(kept).toEqual(memo);
    expect(found).toMatchObject({ Customer: ["ann"], Amount: [3] });
    const [event] = (await handle.fetchHistory()).events!;
    expect(event!.workflowExecutionStartedEventAttributes!.identity).toBe(
      "capstan: company.team.my-flow, execution execution1, attempt known",
    );
  });

  test.each([
    [{ searchAttributes: { Colour: "red" } }, "no mapping defined for search attribute Colour"],
    [{ searchAttributes: { Amount: "many" } }, "invalid value for search attribute Amount of type Int"],
    [{ namespace: "nowhere" }, "Namespace nowhere is not found"],
    [{ workflowIdReusePolicy: "NEVER" }, "workflowIdReusePolicy"],
    [{ input: { a: 1 } }, "input"],
  ])("%j is refused with what is wrong", async (more, message) => {
    const { state, message: told } = await start("Give", more);
    expect([state, told]).toEqual(["FAILED", expect.stringContaining(message)]);
  });

  test("a workflow that is running already fails the task with what to do", async () => {
    const { workflowId } = await begin("Linger");
    expect((await start("Linger", { workflowId })).message).toMatch(
      new RegExp(`^There is a workflow ${workflowId} already.* say what is to happen by \`workflowIdConflictPolicy\``),
    );
  });

  test("the policies say what becomes of an id that is taken", async () => {
    const running = await begin("Linger");
    const { workflowId } = running;
    const used = await start("Linger", { workflowId, workflowIdConflictPolicy: "USE_EXISTING" });
    expect(used.outputs).toEqual(running);
    const other = await start("Nothing", { workflowId, workflowIdConflictPolicy: "TERMINATE_EXISTING", wait: true });
    expect(other.outputs).toMatchObject({ status: "COMPLETED" });
    for (const workflowIdReusePolicy of ["REJECT_DUPLICATE", "ALLOW_DUPLICATE_FAILED_ONLY"])
      expect((await start("Nothing", { workflowId, workflowIdReusePolicy })).state).toBe("FAILED");
    expect((await start("Nothing", { workflowId })).outputs!["runId"]).not.toBe(other.outputs!["runId"]);
  });
});

describe("a task that is given out again", () => {
  test.each([{}, { workflowId: "fixed" }])("finds the workflow that it has started before (%j)", async (given) => {
    const attemptKey = newId("again");
    const [first, second] = [
      await start("Approve", given, { attemptKey }),
      await start("Approve", given, { attemptKey }),
    ];
    expect(second).toEqual(first);
    expect(second.state).toBe("SUCCESS");
  });

  test.each([{}, { workflowId: "closed" }])("finds it when it has ended meanwhile (%j)", async (given) => {
    const attemptKey = newId("again");
    const first = await start("Nothing", { ...given, wait: true }, { attemptKey });
    const second = await start("Nothing", { ...given, wait: true }, { attemptKey });
    expect(second.outputs).toEqual(first.outputs);
    expect(second.outputs!["status"]).toBe("COMPLETED");
  });

  test.each([{}, { workflowId: "renewed" }])("finds it when it has continued as new and ended (%j)", async (given) => {
    const attemptKey = newId("again");
    const { outputs } = await start("Renew", { ...given, input: [2] }, { attemptKey });
    expect(await shop.client.workflow.result(outputs!["workflowId"] as string)).toBe("renewed");
    const again = await start("Renew", { ...given, input: [2], wait: true }, { attemptKey });
    expect(again.outputs).toEqual({ ...outputs, status: "COMPLETED", result: "renewed", value: "renewed" });
  });

  test("comes back to a workflow that went on while its worker stopped", async () => {
    const [attemptKey, workflowId] = [newId("again"), newId()];
    await using gate = await startGate(shop.server.port);
    const stop = new AbortController();
    const given = { workflowId, wait: true };
    const stopped = start("Approve", { ...given, endpoint: gate.endpoint }, { attemptKey, signal: stop.signal });
    await running(workflowId);
    stop.abort(workerStop());
    const { message, logs } = await stopped;
    expect(message).toBe("the worker stops");
    expect(logs.at(-1)!.message).toBe(
      `Temporal: workflow ${workflowId} goes on: this task comes back to it on another worker.`,
    );
    await gate.left();
    const again = start("Approve", given, { attemptKey });
    await shop.client.workflow.getHandle(workflowId).signal("approve", "ann");
    expect((await again).outputs).toMatchObject({ status: "COMPLETED", value: "ann" });
  });
});

/** Resolves once a workflow runs. */
async function running(workflowId: string): Promise<void> {
  await expect.poll(() => statusOf(workflowId).catch(() => "none"), { timeout: 10_000 }).toBe("RUNNING");
}

describe("a kill", () => {
  test.each([
    [undefined, "CANCELLED", "is cancelled."],
    [false, "RUNNING", "goes on."],
  ])("with `cancelOnKill` %s leaves the workflow %s, and no connection", async (cancelOnKill, status, told) => {
    const workflowId = newId();
    await using gate = await startGate(shop.server.port);
    const kill = new AbortController();
    const given = { workflowId, wait: true, endpoint: gate.endpoint, ...(cancelOnKill === false && { cancelOnKill }) };
    const outcome = start("Linger", given, { signal: kill.signal });
    await running(workflowId);
    kill.abort(killed());
    const { message, logs } = await outcome;
    expect([message, logs.at(-1)!.message]).toEqual([
      "the task was killed",
      `Temporal: workflow ${workflowId} ${told}`,
    ]);
    await gate.left();
    await expect.poll(() => statusOf(workflowId)).toBe(status);
  });

  test("leaves a workflow that was running before", async () => {
    const { workflowId } = await begin("Linger");
    const kill = new AbortController();
    await using gate = await startGate(shop.server.port);
    const given = { workflowId, workflowIdConflictPolicy: "USE_EXISTING", wait: true, endpoint: gate.endpoint };
    const outcome = start("Linger", given, { signal: kill.signal });
    await expect.poll(() => gate.entries).toBe(1);
    kill.abort(killed());
    expect((await outcome).message).toBe("the task was killed");
    expect(await statusOf(workflowId)).toBe("RUNNING");
  });

  test.each([
    [{}, "RUNNING"],
    [{ cancelOnKill: true }, "CANCELLED"],
  ])("of a wait (%j) leaves the workflow %s", async (given, status) => {
    const run = await begin("Linger");
    await using gate = await startGate(shop.server.port);
    const kill = new AbortController();
    const outcome = shop.run(wait, { ...run, ...given, endpoint: gate.endpoint }, { signal: kill.signal });
    await expect.poll(() => gate.entries).toBe(1);
    kill.abort(killed());
    expect((await outcome).message).toBe("the task was killed");
    await gate.left();
    await expect.poll(() => statusOf(run.workflowId)).toBe(status);
  });
});

describe("ends", () => {
  const ends: readonly [string, () => Promise<{ workflowId: string }>, string, string][] = [
    ["FAILED", () => begin("Decline"), "FAILED", ": the activity Charge failed: card declined (CardDeclined)"],
    ["CANCELED", cancelled, "CANCELED", "."],
    ["TERMINATED", terminated, "TERMINATED", ": too late, by somebody"],
    ["TIMED_OUT", timedOut, "TIMED_OUT", ": its execution timeout, or that of its run, was over"],
  ];

  test.each(ends)("a workflow that ends %s fails the task that waits", async (_name, made, status, reason) => {
    const { workflowId } = await made();
    const { state, outputs, message } = await shop.run(wait, { workflowId });
    expect([state, outputs]).toEqual(["FAILED", { workflowId, status }]);
    expect(message).toBe(`Temporal: workflow ${workflowId} ended ${status}${reason}`);
  });

  test.each(ends)("%s is only told with `failOnNonCompleted: false`", async (_name, made, status) => {
    const { workflowId } = await made();
    const { state, outputs } = await shop.run(wait, { workflowId, failOnNonCompleted: false });
    expect([state, outputs]).toEqual(["SUCCESS", { workflowId, status }]);
  });

  async function cancelled() {
    const run = await begin("Linger");
    await shop.client.workflow.getHandle(run.workflowId).cancel();
    return run;
  }

  async function terminated() {
    const { workflowId } = await begin("Linger");
    const request = { namespace: "shop", workflowExecution: { workflowId }, reason: "too late", identity: "somebody" };
    await shop.client.workflowService.terminateWorkflowExecution(request);
    return { workflowId };
  }

  async function timedOut() {
    const { outputs } = await start("Linger", { executionTimeout: "PT1S", workflowId: newId() });
    return { workflowId: outputs!["workflowId"] as string };
  }
});

describe("the wait", () => {
  test("begins with a run that is given, and follows those that come after it", async () => {
    const { workflowId, runId } = await begin("Renew", 3);
    const outcome = await shop.run(wait, { workflowId, runId, pollInterval: "PT1S" });
    expect(outcome.outputs).toEqual({ workflowId, runId, status: "COMPLETED", result: "renewed", value: "renewed" });
  });

  test("outlasts answers of the server that tell of nothing", async () => {
    const { workflowId } = await begin("Linger");
    const outcome = shop.run(wait, { workflowId, waitTimeout: "PT2.5S" });
    expect((await outcome).message).toMatch(/ is still running after PT2\.5S /);
    const given = { executionTimeout: "PT3S", wait: true };
    const { outputs, logs } = await start("Linger", given);
    expect(outputs).toMatchObject({ status: "TIMED_OUT" });
    // Such an answer came, and is told of once.
    expect(logs.map(({ message }) => message.split(" ").at(-1))).toEqual(["started.", "RUNNING.", "TIMED_OUT."]);
  });

  test("ends after `waitTimeout`, and the workflow goes on", async () => {
    const { workflowId } = await begin("Linger");
    const before = performance.now();
    const { message, outputs } = await shop.run(wait, { workflowId, waitTimeout: "PT0.4S" });
    expect(message).toBe(
      `Temporal: workflow ${workflowId} is still running after PT0.4S (\`waitTimeout\`), and goes on. ` +
        "Raise `waitTimeout`, or look there why it takes so long.",
    );
    // Timers may be early by a fraction of a millisecond.
    expect(performance.now() - before).toBeGreaterThan(398);
    expect([outputs, await statusOf(workflowId)]).toEqual([{ workflowId }, "RUNNING"]);
  });

  test("goes on when the server was away", async () => {
    const { workflowId } = await begin("Approve", 1);
    await using gate = await startGate(shop.server.port);
    const outcome = shop.run(wait, { workflowId, endpoint: gate.endpoint });
    await expect.poll(() => gate.entries).toBe(1);
    gate.shut();
    await shop.client.workflow.getHandle(workflowId).signal("approve", "ann");
    gate.open();
    const { outputs, logs } = await outcome;
    expect(outputs).toMatchObject({ status: "COMPLETED", value: "ann" });
    expect(gate.entries).toBeGreaterThan(1);
    expect(logs[0]!.message).toMatch(/^Temporal is asked again in PT0\.25S\. The wait for the workflow/);
  });

  test("for a workflow that isn't there fails", async () => {
    expect((await shop.run(wait, { workflowId: "nobody" })).message).toMatch(
      /^The wait for the workflow nobody failed at Temporal \(127\.0\.0\.1:\d+\): workflow not found for ID: nobody\. Check the ids/,
    );
  });
});
