import { expect, test } from "vitest";
import { namedPathsExist } from "./named-paths.ts";

const code = { path: "packages/a/src/plan/plan.ts", text: "" };
const check = (text: string, path = "ARCHITECTURE.md") => namedPathsExist([code, { path, text }]);

test("files are found by their whole path and by its end, folders from the root", () => {
  expect(
    check(
      "`packages/a/src/plan/plan.ts`, `plan/plan.ts`, `plan.ts`, `packages/a/src/plan/`, `packages/a`, `x.test.ts`",
    ),
  ).toEqual([]);
});

test.each(["packages/a/src/plan.ts", "an.ts", "plan/old.ts", "packages/a/src/pl", "packages/b/"])(
  "%s, which is not there, is told with its page",
  (name) => {
    expect(check(`It begins in \`${name}\`.`)).toEqual([
      `ARCHITECTURE.md: there is no ${name} — name the place where it is now`,
    ]);
  },
);

test("pages for users may name files of theirs", () => {
  expect(check("`main.js`", "docs/guides/how-to/scripts.md")).toEqual([]);
});
