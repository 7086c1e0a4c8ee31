import { expect, onTestFinished, test } from "vitest";
import { formText, sendRaw } from "../testing/raw-request.ts";
import { setup } from "../testing/setup.ts";

const PATH = "/executions/webhook/company.team/hello";

test.each(["GET", "POST", "PUT"] as const)(
  "%s starts an execution with body, headers and parameters",
  async (method) => {
    const { call } = await setup();
    const body = method === "GET" ? undefined : '{"a":1}';
    const answer = await call(method, `${PATH}/secret-key?x=1&x=2`, body, { "x-from": "me" });
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
    expect(answer.json).toMatchObject({
      flowId: "hello",
      trigger: {
        id: "hook",
        variables: { body: body ?? "", headers: { "x-from": ["me"] }, parameters: { x: ["1", "2"] } },
      },
    });
  },
);

test("the path may have no tenant", async () => {
  const { call } = await setup();
  expect((await call("POST", `/api/v1${PATH}/secret-key`)).status).toBe(200);
});

test.each(["/more/parts", "/"])("a path that goes on after the key with %s starts nothing", async (rest) => {
  const { call, memory } = await setup();
  for (const method of ["GET", "POST", "PUT"] as const) {
    const { status, json } = await call(method, `${PATH}/secret-key${rest}`);
    const message = `the address of a webhook ends with its key: leave out "${rest}"`;
    expect([status, json]).toEqual([404, expect.objectContaining({ code: "webhook-not-found", message })]);
  }
  expect(memory.executions.size).toBe(0);
});

test("a wrong key and an absent flow answer 404", async () => {
  const { call } = await setup();
  expect((await call("POST", `${PATH}/wrong`)).status).toBe(404);
  expect((await call("POST", "/executions/webhook/company.team/absent/secret-key")).status).toBe(404);
});

test("a webhook that waits answers the end, or its outputs alone", async () => {
  const { call, change, memory } = await setup();
  const whenStarted = async (count: number) => {
    while (memory.executions.size < count) await new Promise((resolve) => setImmediate(resolve));
    return [...memory.executions.keys()].at(-1)!;
  };
  const whole = call("POST", `${PATH}/secret-key?mode=whole`);
  change(await whenStarted(1), { state: "SUCCESS", outputs: { sum: 3 } });
  expect((await whole).json).toMatchObject({
    state: { current: "SUCCESS" },
    outputs: { sum: 3 },
    taskRunList: [{ taskId: "hello" }],
  });
  const outputs = call("POST", `${PATH}/secret-key?mode=outputs`);
  change(await whenStarted(2), { state: "SUCCESS", outputs: { sum: 4 } });
  expect((await outputs).json).toEqual({ sum: 4 });
});

test("a webhook whose execution took other starts as well answers nothing of theirs", async () => {
  const { call, change, memory } = await setup();
  const answered = call("POST", `${PATH}/secret-key?mode=whole`, '{"mine":1}');
  while (memory.executions.size < 1) await new Promise((resolve) => setImmediate(resolve));
  const trigger = { id: "hook", type: "T", variables: { body: "theirs" } };
  const items = [{ id: "other", date: 0, inputs: { theirs: 1 }, trigger }];
  change([...memory.executions.keys()][0]!, {
    state: "SUCCESS",
    outputs: { sum: 3 },
    trigger,
    inputs: { theirs: 1 },
    batch: { items },
  });
  const { text, json } = await answered;
  expect(json).toMatchObject({ outputs: { sum: 3 }, trigger: { variables: { body: '{"mine":1}' } } });
  expect(text).not.toContain("theirs");
});

test.each([
  {
    name: "a failed execution is 500",
    mode: "whole",
    ends: { state: "FAILED" as const },
    status: 500,
    text: undefined,
  },
  {
    name: "a single output is text",
    mode: "text",
    ends: { outputs: { greeting: "hello" } },
    status: 200,
    text: "hello",
  },
  {
    name: "several outputs are JSON",
    mode: "text",
    ends: { outputs: { a: "1", b: 2 } },
    status: 200,
    text: '{"a":"1","b":2}',
  },
])("of a webhook that waits, $name", async ({ mode, ends, status, text }) => {
  const { call, change, memory } = await setup();
  const answered = call("POST", `${PATH}/secret-key?mode=${mode}`);
  while (memory.executions.size < 1) await new Promise((resolve) => setImmediate(resolve));
  change([...memory.executions.keys()][0]!, { state: "SUCCESS", ...ends });
  const answer = await answered;
  expect(answer.status).toBe(status);
  if (text !== undefined) expect(answer.text).toBe(text);
});

test("a page of another site may call a webhook, whose key is its credential", async () => {
  const { call } = await setup();
  expect((await call("POST", `${PATH}/secret-key`, "{}", { origin: "https://github.example" })).status).toBe(200);
});

test("a call whose conditions do not hold starts nothing and answers 204", async () => {
  const { call, memory } = await setup();
  const answer = await call("POST", `${PATH}/choosy-key`, "{}");
  expect([answer.status, answer.text]).toEqual([204, ""]);
  expect(memory.executions.size).toBe(0);
});

test.each([
  ["a body that is stored as it comes", "Transfer-Encoding: chunked", "5\r\nhello\r\n"],
  [
    "a form",
    "Content-Length: 500\r\nContent-Type: multipart/form-data; boundary=x",
    formText(["a", "b"].map((name) => [`Content-Disposition: form-data; name="${name}"; filename="a"`, "1,2"])).slice(
      0,
      -9,
    ),
  ],
])("a caller who hangs up within %s starts nothing and leaves nothing", async (_what, header, begun) => {
  const { server, memory, runtime } = await setup();
  const { url } = await server.listen();
  onTestFinished(() => server.close());
  const discarded = Promise.withResolvers<void>();
  const remove = runtime.storage.delete.bind(runtime.storage);
  const watched: typeof remove = async (...asked) => {
    const answer = await remove(...asked);
    discarded.resolve();
    return answer;
  };
  Object.assign(runtime.storage, { delete: watched });
  const head = `POST /api/v1/main${PATH}/secret-key?fetch=STORE HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`;
  await sendRaw(url, `${head}${begun}`, { hangUp: true });
  await discarded.promise;
  expect(memory.executions.size).toBe(0);
  expect(await runtime.storage.list("main", "/company/team/hello/executions")).toEqual([]);
});
