import { describe, expect, test } from "vitest";
import { type Case, idOf, semantics } from "../testing/semantics.ts";

const value = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;

const CASES: readonly Case[] = [
  [
    "whole numbers have 64 bits and divide without a rest, texts are no numbers",
    `tasks:
  - ${value("a", "{{ 9007199254740991 + 2 }} {{ 7 / 2 }} {{ 7 / 2.0 }} {{ 1 == '1' }} {{ 1 == 1.0 }}")}`,
    "SUCCESS: a SUCCESS",
    { a: "9007199254740993 3 3.5 false true" },
  ],
  [
    "a default replaces blank text and empty lists, a fallback only what is missing",
    `tasks: [${value("a", "{{ '' | default('x') }}{{ [] | default('y') }}<{{ '' ?? 'x' }}>{{ trigger.none ?? 'z' }}")}]`,
    "SUCCESS: a SUCCESS",
    { a: "xy<>z" },
  ],
  [
    "a line break in a text of an expression is two characters",
    String.raw`tasks: [{id: a, type: core.debug.Return, format: "{{ 'a\\nb' | length }} {{ 'a\nb' | length }}"}]`,
    "SUCCESS: a SUCCESS",
    { a: "4 3" },
  ],
  [
    "raw text over several lines is not protected",
    `variables: {n: 1}
tasks:
  - id: a
    type: core.debug.Return
    format: "{% raw %}{{ vars.n }}{% endraw %} {% raw %}\\n{{ vars.n }}\\n{% endraw %}"`,
    "SUCCESS: a SUCCESS",
    { a: "{{ vars.n }} \n1\n" },
  ],
  [
    "a variable is printed as it is written until it is rendered",
    `variables: {inner: "{{ flow.id }}", outer: "{{ vars.inner }}!"}
tasks: [${value("a", "{{ vars.outer }} {{ renderOnce(vars.outer) }} {{ render(vars.outer) | length }}")}]`,
    "SUCCESS: a SUCCESS",
    { a: "{{ vars.inner }}! {{ flow.id }}! 60" },
  ],
  [
    "jq answers a list, maps print as JSON, null prints as nothing",
    `tasks: [${value("a", "{{ {'b': [1]} | jq('.b[0]') }} {{ {'b': [1]} | jq('.b[0]') | first }} {{ {'b': [1]} }} <{{ null }}>")}]`,
    "SUCCESS: a SUCCESS",
    { a: `[1] 1 {"b":[1]} <>` },
  ],
  [
    "what is not there fails a task even within a longer text",
    `tasks: [${value("a", "before {{ vars.none }} after")}]`,
    "FAILED: a FAILED",
  ],
  [
    "a sorted list stays sorted for the rest of the text",
    `tasks: [${value("a", "{% set l = [2, 1] %}{{ l }}{{ l | sort }}{{ l }}")}]`,
    "SUCCESS: a SUCCESS",
    { a: "[2,1][1,2][1,2]" },
  ],
  [
    "dates follow the letters of Java, where YYYY is the year of the week",
    `tasks: [${value("a", "{{ '2024-12-30' | date('yyyy-MM-dd YYYY') }} {{ '2024-01-31' | dateAdd(1, 'DAYS') | date('yyyy/MM/dd') }}")}]`,
    "SUCCESS: a SUCCESS",
    { a: "2024-12-30 2025 2024/02/01" },
  ],
  [
    "outputs of the flow that fail are all gone",
    `tasks: [${value("a", "x")}]
outputs: [{id: good, type: STRING, value: "{{ outputs.a.value }}"}, {id: bad, type: STRING, value: "{{ trigger.none }}"}]`,
    "FAILED: a SUCCESS",
  ],
];

describe("expressions in flows", () => {
  const world = semantics(CASES);

  test("no output is left of a flow one of whose outputs fails", async () => {
    const ended = await world().ended(await world().start(idOf("outputs of the flow that fail are all gone")));
    expect(ended.row.outputs).toBeUndefined();
  });
});
