import { compile, type Environment, scopeOf, settle } from "@capstan/expression";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import type { FunctionHost } from "./function-host.ts";
import { hostFunctions } from "./function-table.ts";

function setup(options: TestOptions = {}) {
  const world = createTestWorld(options);
  onTestFinished(() => world[Symbol.asyncDispose]());
  const secretsSeen: string[] = [];
  const host: FunctionHost = {
    namespace: world.identity.namespace,
    executionId: world.identity.executionId,
    services: world.services,
    files: world.files,
    envs: { my_var: "from env", empty: "" },
    onSecret: (secret) => secretsSeen.push(secret),
  };
  const environment: Environment = {
    now: () => 0,
    random: () => 0,
    timeZone: "UTC",
    functions: hostFunctions,
    host,
  };
  const evaluate = (source: string, variables: Record<string, unknown> = {}) =>
    settle(environment, (settling) => compile(source).evaluate(scopeOf(variables), settling));
  return { world, evaluate, secretsSeen };
}

test("kv answers the typed value, null when told so, and fails otherwise", async () => {
  const { world, evaluate } = setup();
  await world.services.keyValues.set("company.team", "config", { a: [1] });
  expect(await evaluate("{{ kv('config') }}")).toEqual({ a: [1] });
  expect(await evaluate("{{ kv('missing', errorOnMissing=false) }}")).toBeNull();
  await expect(evaluate("{{ kv('missing') }}")).rejects.toThrow(
    "The key 'missing' does not exist in the namespace 'company.team'.",
  );
});

test("kv searches parent namespaces only when no namespace is given", async () => {
  const { world, evaluate } = setup();
  await world.services.keyValues.set("company", "shared", "value");
  expect(await evaluate("{{ kv('shared') }}")).toBe("value");
  await expect(evaluate("{{ kv('shared', 'company.team') }}")).rejects.toThrow("does not exist");
});

test("secret answers the value and tells it to whoever masks", async () => {
  const { evaluate, secretsSeen } = setup({ secrets: { TOKEN: "abc" } });
  expect(await evaluate("Bearer {{ secret('TOKEN') }}")).toBe("Bearer abc");
  expect(secretsSeen).toEqual(["abc"]);
  await expect(evaluate("{{ secret('NONE') }}")).rejects.toThrow("Cannot find secret for key 'NONE'.");
});

test("read, fileSize, isFileEmpty and fileExists take addresses and paths of namespace files", async () => {
  const { world, evaluate } = setup();
  const uri = world.files.seed("kestra:///a/b.txt", "hello");
  world.files.seed("kestra:///company/team/_files/dir/n.txt", "");
  expect(await evaluate("{{ read(uri) }}", { uri })).toBe("hello");
  expect(await evaluate("{{ fileSize(uri) }}", { uri })).toBe(5);
  expect(await evaluate("{{ isFileEmpty('dir/n.txt') }}")).toBe(true);
  expect(await evaluate("{{ fileExists('dir/n.txt') }}")).toBe(true);
  expect(await evaluate("{{ fileExists('dir/none.txt') }}")).toBe(false);
  expect(await evaluate("{{ fileURI('dir/n.txt') }}")).toBe("kestra:///company/team/_files/dir/n.txt");
  expect(await evaluate("{{ fileURI('n.txt', 'other') }}")).toBe("kestra:///other/_files/n.txt");
  await expect(evaluate("{{ fileURI('../n.txt') }}")).rejects.toThrow("must not contain `..`");
  await expect(evaluate("{{ fileExists('ftp://host/n.txt') }}")).rejects.toThrow("is no address of a file");
});

test("errorLogs lists the errors of the execution", async () => {
  const { world, evaluate } = setup();
  const logs = [
    { time: 0, level: "ERROR" as const, message: "Task failure", taskId: "failed" },
    { time: 1, level: "INFO" as const, message: "fine", taskId: "other" },
  ];
  const { executionId: id, namespace, flowId } = world.identity;
  world.executions.stored = [{ id, namespace, flowId, state: "RUNNING", startDate: 0, logs }];
  const source = "{% for log in errorLogs() %}- task: {{ log.taskId }}, message: {{ log.message }}{% endfor %}";
  expect(await evaluate(source)).toBe("- task: failed, message: Task failure");
});

test("encrypt and decrypt are each other's inverse", async () => {
  const { evaluate } = setup();
  const key = Buffer.alloc(32, 1).toString("base64");
  expect(await evaluate("{{ decrypt(key, encrypt(key, 'text')) }}", { key })).toBe("text");
});

test("env reads the variables that flows may see, with a default", async () => {
  const { evaluate } = setup();
  expect(await evaluate("{{ env('MY_VAR') }} {{ env('none', 'default') }}")).toBe("from env default");
  expect(await evaluate("{{ env('empty', 'default') }}")).toBe("default");
  expect(await evaluate("{{ env('empty') }}{{ env('none') }}")).toBe("");
});

test("randomPort answers a port", async () => {
  const { evaluate } = setup();
  expect(await evaluate("{{ randomPort() }}")).toBeGreaterThan(1_023);
});
