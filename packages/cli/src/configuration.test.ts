import { expect, test } from "vitest";
import { CONFIGURATION_DEFAULTS, mayBeConfigured } from "./configuration-defaults.ts";
import { loadConfiguration } from "./configuration.ts";
import { temporaryFiles } from "./testing/run-command.ts";

test("the settings that nobody set are what the schemas say", () => {
  expect(mayBeConfigured(undefined, { HOME: "/" })).toBe(false);
  expect(CONFIGURATION_DEFAULTS).toEqual(loadConfiguration(undefined, {}).configuration);
});

test.each([
  ["capstan.yaml", {}],
  [undefined, { CAPSTAN_SERVER_PORT: "1" }],
  [undefined, { CAPSTAN_SERVER_PROT: "1" }],
])("settings that may be set are looked at: file %s, variables %o", (file, environment) => {
  expect(mayBeConfigured(file, environment)).toBe(true);
});

test("without a file and without variables everything has its default", () => {
  const { configuration, settings } = loadConfiguration(undefined, {});
  expect(configuration.server).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    basicAuth: { openUrls: [] },
    allowedOrigins: [],
    limits: { bodyBytesMax: 16 * 1_048_576 },
  });
  expect(configuration.variables).toEqual({ globals: {}, envPrefixes: ["ENV_", "KESTRA_"] });
  expect(settings.every(({ from, description }) => from === "default" && description !== "")).toBe(true);
});

test("the file goes over the defaults, and the environment over the file", async () => {
  const path = await temporaryFiles({
    "c.yaml": "server: { port: 9000, host: 0.0.0.0 }\nvariables: { globals: { team: platform } }\n",
  });
  const { configuration, settings } = loadConfiguration(path("c.yaml"), { CAPSTAN_SERVER_PORT: "9001" });
  expect(configuration.server).toMatchObject({ port: 9001, host: "0.0.0.0" });
  expect(configuration.variables.globals).toEqual({ team: "platform" });
  const origins = Object.fromEntries(settings.map(({ key, from }) => [key, from]));
  expect(settings.find(({ key }) => key === "server.host")?.place).toMatch(/c\.yaml:1:29$/);
  expect(origins).toMatchObject({ "server.port": "environment", "server.host": "file", data: "default" });
});

test("names of variables follow from the names of settings", () => {
  const environment = { CAPSTAN_SERVER_BASIC_AUTH_USERNAME: "ada", CAPSTAN_SERVER_LIMITS_BODY_BYTES_MAX: "1000" };
  const { configuration } = loadConfiguration(undefined, environment);
  expect(configuration.server.basicAuth.username).toBe("ada");
  expect(configuration.server.limits.bodyBytesMax).toBe(1000);
});

test("a variable gives a list with commas between its items", () => {
  const tokens = [`a${"1".repeat(20)}`, `b${"2".repeat(20)}`];
  const environment = { CAPSTAN_SERVER_API_TOKENS: tokens.join(", "), CAPSTAN_SERVER_TRUSTED_PROXIES: "10.0.0.0/8" };
  const { configuration } = loadConfiguration(undefined, environment);
  expect(configuration.server).toMatchObject({ apiTokens: tokens, trustedProxies: ["10.0.0.0/8"] });
});

test.each([
  ["CAPSTAN_SERVER_API_TOKENS", "short", /a token is 20 or more/],
  ["CAPSTAN_SERVER_API_TOKENS", "with spaces in the middle of it", /a token is 20 or more/],
  ["CAPSTAN_SERVER_TRUSTED_PROXIES", "proxy.example.org", /an address or a network/],
  ["CAPSTAN_SERVER_TRUSTED_PROXIES", "10.0.0.0/33", /an address or a network/],
])("%s=%s is refused", (name, value, problem) => {
  expect(() => loadConfiguration(undefined, { [name]: value })).toThrow(problem);
  expect(() => loadConfiguration(undefined, { [name]: value })).toThrow(name);
});

test("an unknown key is refused with its place and the nearest known one", async () => {
  const path = await temporaryFiles({ "c.yaml": "data: x\nserver:\n  prot: 1\n" });
  expect(() => loadConfiguration(path("c.yaml"), {})).toThrow(
    /c\.yaml:3:3 unknown-key unknown setting "server\.prot" — did you mean "port"\?/,
  );
});

test("a value of the wrong kind is refused with its place", async () => {
  const path = await temporaryFiles({ "c.yaml": "server:\n  port: many\n" });
  expect(() => loadConfiguration(path("c.yaml"), {})).toThrow(
    /c\.yaml:2:9 wrong-type server\.port: it must be a whole number/,
  );
  expect(() => loadConfiguration(undefined, { CAPSTAN_LOGGING_LEVEL: "loud" })).toThrow(
    /^CAPSTAN_LOGGING_LEVEL: it must be one of trace, /,
  );
  for (const timeout of ["5 minutes", "PT0S", "PT-1M"])
    expect(() => loadConfiguration(undefined, { CAPSTAN_TRIGGERS_POLL_TIMEOUT: timeout })).toThrow(
      /^CAPSTAN_TRIGGERS_POLL_TIMEOUT: it must be an ISO-8601 duration such as PT5M/,
    );
});

test("broken YAML is refused with its place", async () => {
  const path = await temporaryFiles({ "c.yaml": "server: {\n" });
  expect(() => loadConfiguration(path("c.yaml"), {})).toThrow(/c\.yaml:\d+:\d+ yaml-syntax invalid YAML: .*[^:]$/);
});
