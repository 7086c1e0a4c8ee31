import { expect, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";

const warningsOf = (...names: readonly string[]) =>
  loadConfiguration(undefined, Object.fromEntries(names.map((name) => [name, "1"]))).warnings;

test.each([
  ["CAPSTAN_SERVER_PROT", "did you mean CAPSTAN_SERVER_PORT?"],
  ["CAPSTAN_LOGING_LEVEL", "did you mean CAPSTAN_LOGGING_LEVEL?"],
  ["CAPSTAN_TOKN", "did you mean CAPSTAN_TOKEN?"],
  ["CAPSTAN_FLEET_SIZE", "capstan config explain shows all there are"],
])("%s is told as one that sets nothing", (name, hint) => {
  expect(warningsOf(name)).toEqual([`the environment variable ${name} sets nothing — ${hint}`]);
});

test.each([
  ["CAPSTAN_SECRETS", "secrets"],
  ["CAPSTAN_VARIABLES_GLOBALS", "variables.globals"],
])("%s is told as a setting of the file", (name, key) => {
  expect(warningsOf(name)).toEqual([
    `the environment variable ${name} sets nothing — ${key} is set in the file of --config only`,
  ]);
});

test("variables of others, and those that are read, are passed over", () => {
  const ofOthers = ["SERVER_PROT", "PATH", "CAPSTAN_SERVICE_HOST", "CAPSTAN_PORT_8080_TCP_ADDR", "CAPSTAN_PORT"];
  expect(warningsOf(...ofOthers, "CAPSTAN_SERVER_PORT", "CAPSTAN_SERVER", "CAPSTAN_USER", "CAPSTAN_NODE")).toEqual([]);
});
