import { expect, test } from "vitest";
import { flowOf, play, scenario } from "../testing/scenario.ts";

const subflow = (more = "") =>
  flowOf(`- {id: sub, type: io.kestra.plugin.core.flow.Subflow, namespace: company.team, flowId: other${more}}
- {id: next, type: task}`);

test.each([
  ["SUCCESS", "", "sub SUCCESS, next SUBMITTED"],
  ["WARNING", "", "sub WARNING, next SUBMITTED"],
  ["FAILED", "", "sub FAILED, no next, flow FAILED"],
  ["KILLED", "", "sub FAILED, no next, flow FAILED"],
  // Such as one that its flow's concurrency limit turned away, which is no failure of anybody.
  ["CANCELLED", "", "sub SUCCESS, next SUBMITTED"],
  ["FAILED", ", transmitFailed: false", "sub SUCCESS, next SUBMITTED"],
  ["FAILED", ", allowFailure: true", "sub WARNING, next SUBMITTED"],
])("of a child that ended %s a Subflow%s makes: %s", (state, more, states) => {
  const world = play(scenario(subflow(more)), `start → sub RUNNING\nsub's child ends ${state} → ${states}`);
  expect(world.find("sub").outputs).toMatchObject({ state });
});
