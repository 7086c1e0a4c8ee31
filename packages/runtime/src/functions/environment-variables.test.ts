import { expect, test } from "vitest";
import { environmentVariables } from "./environment-variables.ts";

test("shows variables with a prefix, without it, in both spellings", () => {
  const envs = environmentVariables({ ENV_My_Var: "1", KESTRA_OLD: "2", ENV_: "none", PATH: "/bin" });
  expect(envs).toEqual({ my_var: "1", My_Var: "1", old: "2", OLD: "2" });
});

test("the earlier prefix goes first", () => {
  expect(environmentVariables({ KESTRA_A: "old", ENV_A: "new" })["a"]).toBe("new");
});

test("other prefixes can be asked for", () => {
  expect(environmentVariables({ MY_A: "1", ENV_B: "2" }, ["MY_"])).toEqual({ a: "1", A: "1" });
});
