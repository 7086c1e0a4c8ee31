import { describe, expect, test } from "vitest";
import { analyse } from "./analysis/analyse.ts";
import { languageReference } from "./reference.ts";
import { INFIXES } from "./syntax/operators.ts";
import { render } from "./testing/rendering.ts";

const sourceOf = (example: string): string => (example.includes("{%") ? example : `{{ ${example} }}`);

describe.each(Object.entries(languageReference()))("%s", (kind, entries) => {
  test.each(entries.map((entry) => [entry.name, entry] as const))("%s does what its example says", (name, entry) => {
    const [example, printed, variables] = entry.example;
    const source = sourceOf(example);
    const { errors, filters, functions } = analyse(source);
    expect(errors).toEqual([]);
    if (printed !== undefined) expect(render(source, variables ?? {})).toBe(printed);
    if (kind === "filters") expect(filters.map((use) => use.name)).toContain(name);
    if (kind.endsWith("unctions")) expect(functions.map((use) => use.name)).toContain(name);
    if (kind === "methods") expect(source).toContain(`.${name}(`);
    if (kind === "tests") expect(source).toContain(`is ${name}`);
    if (kind === "tags") expect(source).toContain(`{% ${name}`);
  });
});

test("every operator is described, in the order of precedence", () => {
  const described = languageReference()
    .operators.flatMap(({ name }) => name.split(", "))
    .map((name) => name.trim());
  const places = [...INFIXES].map(([name, { precedence }]) => ({ place: described.indexOf(name), precedence }));
  expect(places.filter(({ place }) => place === -1)).toEqual([]);
  const byPlace = places.toSorted((left, right) => left.place - right.place).map(({ precedence }) => precedence);
  expect(byPlace).toEqual(byPlace.toSorted((left, right) => left - right));
});
