import { describe, expect, test } from "vitest";
import { flowOf, play, scenario, type Scenario } from "../testing/scenario.ts";

const STORING = flowOf(`- id: l
  type: io.kestra.plugin.core.flow.Loop
  fetchType: STORE
  values: [x, y]
  outputs: [{id: o, type: STRING, value: "{{ item.value }}"}]
  tasks: [{id: a, type: task}]
- {id: b, type: task}`);

const through = () =>
  play(
    scenario(STORING),
    `start          → a SUBMITTED
     a ends SUCCESS → a SUBMITTED
     a ends SUCCESS → l RUNNING, no b`,
  );

function answer(world: Scenario, uris: readonly string[], error?: string): void {
  const run = world.find("l").index;
  world.send({ type: "files-stored", run, uris, ...(error === undefined ? {} : { error }) });
}

/** Names and contents of the files that were asked for last. */
function asked(world: Scenario) {
  const effect = world.effects.findLast(({ type }) => type === "store-files");
  return effect?.type === "store-files" ? effect.files : [];
}

describe("a Loop that stores its outputs", () => {
  test("ends once they are stored, and tells where", () => {
    const world = through();
    expect(asked(world)).toEqual([
      { name: "0.ion", content: '{o:"x"}\n' },
      { name: "1.ion", content: '{o:"y"}\n' },
    ]);
    answer(world, ["kestra:///0.ion", "kestra:///1.ion"]);
    play(world, "→ l SUCCESS, b SUBMITTED");
    expect(world.find("l").outputs).toEqual({
      outputs: [
        { item: { value: "x", index: 0 }, outputs: { uri: "kestra:///0.ion" } },
        { item: { value: "y", index: 1 }, outputs: { uri: "kestra:///1.ion" } },
      ],
    });
  });

  test("asks for them again when the process was lost meanwhile", () => {
    const world = through();
    const files = asked(world);
    world.effects.length = 0;
    play(world, "crash → l RUNNING, no b");
    expect(asked(world)).toEqual(files);
    answer(world, ["kestra:///0.ion", "kestra:///1.ion"]);
    play(world, "→ l SUCCESS, b SUBMITTED");
  });

  test("fails when they can't be stored", () => {
    const world = through();
    answer(world, [], "no space");
    play(world, "→ l FAILED, no b, flow FAILED");
  });

  test("can be killed meanwhile, and hears the answer no more", () => {
    const world = play(through(), "kill → l KILLED, flow KILLED");
    answer(world, ["kestra:///0.ion", "kestra:///1.ion"]);
    play(world, "→ l KILLED, no b");
  });
});
