import { describe, expect, test } from "vitest";
import { flowOf, play, scenario } from "../testing/scenario.ts";

const EXIT = "io.kestra.plugin.core.execution.Exit";

describe("Exit", () => {
  test("among what runs after the end ends that alone, and the execution can leave the memory", () => {
    const rest = `afterExecution:
  - {id: s, type: io.kestra.plugin.core.flow.Sequential, tasks: [{id: x, type: ${EXIT}, state: FAILED}]}
  - {id: z, type: task}`;
    const world = play(
      scenario(flowOf("- {id: a, type: task}", rest)),
      `start          → a SUBMITTED
       a ends SUCCESS → x FAILED, s FAILED, no z, flow SUCCESS`,
    );
    expect(world.effects.map(({ type }) => type)).toContain("settled");
    expect(world.row.error).toBeUndefined();
  });

  test("with FAILED is the reason why the execution failed", () => {
    const world = play(scenario(flowOf(`- {id: x, type: ${EXIT}, state: FAILED}`)), "start → x FAILED, flow FAILED");
    expect(world.row.error).toBe("task `x` failed: it ends the execution");
  });
});
