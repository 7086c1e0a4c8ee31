import { expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const targetsOf = ({ effects }: Scenario) =>
  effects.flatMap((effect) => (effect.type === "run-task" ? [effect.target ?? "default"] : []));

const group = (key: string, fallback = "WAIT") => ({ groups: [key], match: "ALL" as const, fallback });
const company = () => ({ groups: ["company"], match: "ALL", fallback: "FAIL" }) as const;
const none = () => undefined;

test.each([
  ["its own", "workerGroup: {key: gpu}", "workerGroup: {key: flow}", company, group("gpu")],
  ["that of its flow", "", "workerGroup: {key: flow, fallback: CANCEL}", company, group("flow", "CANCEL")],
  ["that of its namespace", "", "", company, group("company", "FAIL")],
  ["the default group", "", "", none, "default"],
  ["what an expression says", 'workerGroup: {key: "{{ flow.id }}-gpu"}', "", none, group("scenario-gpu")],
  [
    "that of its flow when its own is empty",
    'workerGroup: {key: " "}',
    "workerGroup: {key: flow}",
    none,
    group("flow"),
  ],
  ["a selector, which fails by default", "workerSelector: {tags: [gpu]}", "", none, group("gpu", "FAIL")],
  [
    "several tags",
    "workerSelector: {tags: [gpu, '{{ flow.id }}'], match: ANY, fallback: WAIT}",
    "",
    none,
    { groups: ["gpu", "scenario"], match: "ANY", fallback: "WAIT" },
  ],
  ["the selector before the group", "workerGroup: {key: a}, workerSelector: {tags: [b]}", "", none, group("b", "FAIL")],
])("the workers of a task are %s", (_what, ofTask, ofFlow, workerTarget, expected) => {
  const separator = ofTask === "" ? "" : ", ";
  const world = scenario(flowOf(`- {id: a, type: task${separator}${ofTask}}`, ofFlow), {}, workerTarget);
  play(world, "start → a SUBMITTED");
  expect(targetsOf(world)).toEqual([expected]);
});

test("where only the server runs tasks groups don't count", () => {
  const world = play(scenario(flowOf("- {id: a, type: task, workerGroup: {key: gpu}}")), "start → a SUBMITTED");
  expect(targetsOf(world)).toEqual(["default"]);
});

test("a key that can't be rendered fails its task", () => {
  const flow = flowOf('- {id: a, type: task, workerGroup: {key: "{{ inputs.where }}"}}');
  play(scenario(flow, {}, none), "start → a FAILED, flow FAILED");
});

test("a key may ask for a value that takes a while", async () => {
  const world = scenario(flowOf(`- {id: a, type: task, workerGroup: {key: "{{ later('gpu') }}"}}`), {}, none);
  play(world, "start → a CREATED");
  const [waiting] = world.effects.flatMap((effect) => (effect.type === "await" ? [effect] : []));
  await waiting!.ready;
  world.send({ type: "available", suspension: waiting!.suspension });
  expect(targetsOf(world)).toEqual([group("gpu")]);
});

test("a WorkingDirectory goes to the workers that it names as one job", () => {
  const flow = flowOf(
    "- {id: w, type: io.kestra.plugin.core.flow.WorkingDirectory, workerGroup: {key: gpu}, tasks: [{id: a, type: task}]}",
  );
  const world = play(scenario(flow, {}, none), "start → w RUNNING");
  expect(targetsOf(world)).toEqual([group("gpu")]);
});

test("a task that is given out again after a crash goes to the same workers", () => {
  const flow = flowOf("- {id: a, type: task, workerGroup: {key: gpu}}");
  const world = play(scenario(flow, {}, none), "start → a SUBMITTED\n crash → a SUBMITTED");
  expect(targetsOf(world)).toEqual([group("gpu"), group("gpu")]);
});
