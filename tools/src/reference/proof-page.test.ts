import { defineTask, definePlugin, type Proof } from "@capstan/sdk";
import { expect, test } from "vitest";
import { z } from "zod";
import { proofPage } from "./proof-page.ts";

const task = (type: string) =>
  defineTask({ type, title: type, properties: () => z.object({}), run: () => Promise.resolve({}) });
const TASKS = ["io.kestra.plugin.a.Get", "io.kestra.plugin.a.b.Get", "io.kestra.plugin.abc.Get"].map(task);
const ANY: Proof = { types: "io.kestra", kind: "stand-in", what: "a fake" };

function rowsOf(...testedWith: readonly Proof[]): readonly string[] {
  const plugin = definePlugin({ name: "p", title: "P", category: "c", definitions: TASKS, testedWith });
  const lines = proofPage([plugin]).text.split("\n");
  return lines
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => line.replaceAll(/ +/g, " ")); // Behind the head.
}

test("the most special proof of a type counts, by whole parts of its name", () => {
  const real: Proof = { types: "io.kestra.plugin.a", kind: "real", what: "an A" };
  const alike: Proof = { types: "io.kestra.plugin.a.b", kind: "alike", what: "a B" };
  expect(rowsOf(ANY, alike, real)).toEqual([
    "| a | 1 | the real thing | an A |",
    "| a.b | 1 | one that speaks alike | a B |",
    "| abc | 1 | a stand-in | a fake |",
  ]);
});

test("types with the same proof share a row", () => {
  expect(rowsOf(ANY)).toEqual(["| a, a.b, abc | 3 | a stand-in | a fake |"]);
});

test("a type without a proof is named", () => {
  const proof: Proof = { types: "io.kestra.plugin.a", kind: "real", what: "an A" };
  expect(() => rowsOf(proof)).toThrow(
    "the plugin p does not say in `testedWith` what io.kestra.plugin.abc.Get is tested with",
  );
});
