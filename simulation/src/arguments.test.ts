import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

test.each([
  [[], { first: 1, last: 1000, whole: false, store: "sqlite" }],
  [["--seeds", "5..7"], { first: 5, last: 7, whole: false, store: "sqlite" }],
  [["--seed", "42", "--store", "postgres"], { first: 42, last: 42, whole: true, store: "postgres" }],
])("the words %j ask for seeds", (words, asked) => {
  expect(parseArguments(words)).toEqual(asked);
});

test.each([
  [["--seeds", "150"], '"150" is no range such as 1..1000'],
  [["--seeds", "7..5"], '"7..5" is no range'],
  [["--seed", "x"], '"x" is no whole number'],
  [["--seed", "1", "--seeds", "1..2"], "exclude each other"],
  [["--sed", "1"], "--sed"],
  [["--store", "oracle"], '"oracle" is neither sqlite nor postgres'],
])("the words %j are a mistake, and told with the usage", (words, message) => {
  const answer = parseArguments(words);
  expect(answer).toMatchObject({ mistake: true, text: expect.stringContaining(message) });
  expect(answer).toMatchObject({ text: expect.stringContaining("Usage: npm run sim") });
});

test("help is no mistake", () => {
  expect(parseArguments(["--help"])).toMatchObject({ mistake: false, text: expect.stringMatching(/^Usage/) });
});
