import { describe, expect, test } from "vitest";
import { corpusWorld, hasCorpus, historyOf, runOf } from "../testing/flow-world.ts";

describe.skipIf(!hasCorpus)("pauses that others wrote", () => {
  const world = corpusWorld();

  test.each(["pause", "pause_no_tasks"])(
    "%s stops with one task run, and goes on when it is resumed",
    async (flowId) => {
      const { runtime, start, reached, ended } = world();
      const id = await start(flowId);
      expect((await reached(id, "PAUSED")).taskRuns).toHaveLength(1);
      await runtime.executions.resume("main", id);
      const { row } = await ended(id);
      expect(row.state).toBe("SUCCESS");
      expect(historyOf(row)).toEqual(["CREATED", "RUNNING", "PAUSED", "RESTARTED", "RUNNING", "SUCCESS"]);
    },
  );

  test("pause-delay goes on by itself", async () => {
    const { taskRuns } = await world().meets("pause-delay", { state: "SUCCESS", taskRuns: 3 });
    const states = historyOf(taskRuns[0]!);
    expect(states.filter((state) => state === "PAUSED")).toHaveLength(1);
    expect(states.filter((state) => state === "RUNNING")).toHaveLength(2);
  });

  test("pause_on_resume takes the values that it asks for, and refuses to go on without them", async () => {
    const { runtime, start, reached, ended } = world();
    const id = await start("pause_on_resume");
    await reached(id, "PAUSED");
    await expect(runtime.executions.resume("main", id, {})).rejects.toThrow(
      "Invalid input for `asked`, missing required input, but received `null`",
    );
    expect((await runtime.executions.get("main", id))?.row.state).toBe("PAUSED");
    const data = await runtime.storage.put("main", "/inputs/data.txt", "file");
    await runtime.executions.resume("main", id, { asked: "restarted", data });
    const resumed = await ended(id);
    expect(resumed.row.state).toBe("SUCCESS");
    const { values } = runOf(resumed, "last").outputs as { values: Record<string, string> };
    expect(values["asked"]).toBe("restarted");
    expect(values["data"]).toMatch(/^kestra:\/\//);
  });

  test("pause_on_resume_optional goes on without values", async () => {
    const { runtime, start, reached, ended } = world();
    const id = await start("pause_on_resume_optional");
    await reached(id, "PAUSED");
    await runtime.executions.resume("main", id);
    expect(runOf(await ended(id), "last").outputs).toEqual({ values: { asked: "MISSING" } });
  });

  test("resume-execution lets another execution go on", async () => {
    const { start, reached, ended, meets } = world();
    const paused = await start("pause");
    await reached(paused, "PAUSED");
    await meets("resume-execution", { inputs: { executionId: paused }, state: "SUCCESS" });
    expect((await ended(paused)).row.state).toBe("SUCCESS");
  });
});
