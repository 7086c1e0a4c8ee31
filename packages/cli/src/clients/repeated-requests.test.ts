import { allRoutes, IDEMPOTENCY_KEY_CHARACTERS_MAX } from "@capstan/api";
import { expect, test } from "vitest";
import { wholeServer } from "../testing/whole-server.ts";

const NAMESPACE = "company.team";
const flow = (id: string, rest: string) => `id: ${id}\nnamespace: ${NAMESPACE}\n${rest}`;
const HELLO = flow(
  "hello",
  `inputs: [{ id: data, type: FILE, required: false }, { id: name, type: STRING, required: false }]
tasks: [{ id: log, type: io.kestra.plugin.core.log.Log, message: hi }]`,
);
const FAILS = flow("fails", "tasks: [{ id: fail, type: io.kestra.plugin.core.execution.Fail }]");
const PAUSES = flow("pauses", "tasks: [{ id: wait, type: io.kestra.plugin.core.flow.Pause }]");
const HOOK = flow(
  "hook",
  `triggers:
  - { id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: plain }
  - id: asking
    type: io.kestra.plugin.core.trigger.Webhook
    key: asking
    wait: true
    returnOutputs: true
    responseCode: "{{ trigger.body.code }}"
    responseContentType: text/plain
  - { id: choosy, type: io.kestra.plugin.core.trigger.Webhook, key: choosy, when: "{{ trigger.body.go ?? false }}" }
outputs: [{ id: said, type: STRING, value: "{{ trigger.body.text }}" }]
tasks: [{ id: log, type: io.kestra.plugin.core.log.Log, message: hi }]`,
);

interface Ask {
  readonly method?: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function setup() {
  const { runtime, server } = await wholeServer();
  for (const source of [HELLO, FAILS, PAUSES, HOOK]) await runtime.flows.save("main", source);
  /** Sends a request with a key; answers its status, whether it is that of an earlier one, and its body. */
  const ask = async (key: string | undefined, { method = "POST", path, body, headers = {} }: Ask) => {
    const keyed = key === undefined ? headers : { ...headers, "idempotency-key": key };
    const payload = body === undefined ? {} : { payload: body };
    const reply = await server.inject({ method, url: `/api/v1/main${path}`, headers: keyed, ...payload });
    const isJson = String(reply.headers["content-type"]).includes("json") && reply.body !== "";
    const json = (isJson ? JSON.parse(reply.body) : {}) as { readonly id: string; readonly [key: string]: unknown };
    return { status: reply.statusCode, isReplayed: reply.headers["idempotent-replayed"], text: reply.body, json };
  };
  const executionsOf = async (flowId: string) => {
    const { rows } = await runtime.store.executions.search({ tenant: "main", flowId }, { offset: 0, limit: 100 });
    return rows.map(({ id }) => id);
  };
  const ended = (id: string) => runtime.executions.ended("main", id);
  return { runtime, server, ask, executionsOf, ended };
}

function form(boundary: string, parts: Readonly<Record<string, string>>) {
  const texts = Object.entries(parts).map(([name, value]) => {
    const file = name === "data" ? `; filename="data"\r\nContent-Type: application/octet-stream` : "";
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return { headers, body: `${texts.join("")}--${boundary}--\r\n` };
}

const START = { path: `/executions/${NAMESPACE}/hello` };

test("an execution is started once, and shown as it is by then", async () => {
  const { ask, executionsOf, ended } = await setup();
  const first = await ask("k", START);
  expect([first.status, first.isReplayed]).toEqual([200, undefined]);
  await ended(first.json.id);
  const again = await ask("k", START);
  expect([again.status, again.isReplayed]).toEqual([200, "true"]);
  expect(again.json).toMatchObject({ id: first.json.id, url: first.json["url"], state: { current: "SUCCESS" } });
  expect(await executionsOf("hello")).toEqual([first.json.id]);
  // A key in quotes is the same one; without a key there is no first time.
  expect((await ask('"k"', START)).json.id).toBe(first.json.id);
  expect((await ask(undefined, START)).isReplayed).toBeUndefined();
  expect(await executionsOf("hello")).toHaveLength(2);
});

test("the same form is the same request whatever its boundaries, and is stored once", async () => {
  const { ask, executionsOf, runtime } = await setup();
  const parts = { name: "Ada", data: "some bytes" };
  const first = await ask("k", { ...START, ...form("one", parts) });
  expect(first.status).toBe(200);
  const again = await ask("k", { ...START, ...form("two", parts) });
  expect([again.isReplayed, again.json["inputs"]]).toEqual(["true", first.json["inputs"]]);
  for (const other of [{ name: "Ada", data: "other bytes" }, { name: "Bob", data: "some bytes" }, { name: "Ada" }]) {
    const refused = await ask("k", { ...START, ...form("three", other) });
    expect([refused.status, refused.json["code"]]).toEqual([422, "idempotency-key-reused"]);
  }
  expect((await ask("k", { path: `${START.path}?labels=a:b`, ...form("one", parts) })).status).toBe(422);
  expect(await executionsOf("hello")).toEqual([first.json.id]);
  expect(await runtime.storage.list("main", "/company/team/hello/executions")).toHaveLength(1);
});

test("of many that come at once one starts an execution, and the others are told to come again", async () => {
  const { ask, executionsOf } = await setup();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("k", START)));
  const started = answers.filter(({ status }) => status === 200);
  const busy = answers.filter(({ status }) => status === 409);
  expect(started.length + busy.length).toBe(20);
  expect(new Set(started.map(({ json }) => json.id)).size).toBe(1);
  expect(busy.every(({ json }) => json["code"] === "idempotency-key-busy")).toBe(true);
  expect(await executionsOf("hello")).toHaveLength(1);
});

test("who waits for the end waits again with the same key, beside the one who waits already", async () => {
  const { ask, runtime, executionsOf } = await setup();
  const request = { path: `/executions/${NAMESPACE}/hook-less?wait=true` };
  await runtime.flows.save(
    "main",
    flow("hook-less", "tasks: [{ id: nap, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.3S }]"),
  );
  const first = ask("k", request);
  const following = Promise.withResolvers<void>();
  const look = async (): Promise<void> => {
    if ((await executionsOf("hook-less")).length > 0) following.resolve();
    else setImmediate(() => void look());
  };
  await look();
  await following.promise;
  const answers = await Promise.all([first, ask("k", request), ask("k", request)]);
  expect(
    answers.map(({ status, isReplayed, json }) => [status, isReplayed, (json["state"] as { current: string }).current]),
  ).toEqual([
    [200, undefined, "SUCCESS"],
    [200, "true", "SUCCESS"],
    [200, "true", "SUCCESS"],
  ]);
  expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
});

test("what is refused is not kept: the same request may succeed later", async () => {
  const { ask, runtime } = await setup();
  const request = { path: `/executions/${NAMESPACE}/later` };
  expect((await ask("k", request)).status).toBe(404);
  await runtime.flows.save("main", HELLO.replace("id: hello", "id: later"));
  const started = await ask("k", request);
  expect([started.status, started.isReplayed]).toEqual([200, undefined]);
});

test("an execution that was deleted is not started again", async () => {
  const { ask, ended, runtime, executionsOf } = await setup();
  const { json } = await ask("k", START);
  await ended(json.id);
  await runtime.executions.delete("main", json.id, { logs: true, metrics: true, storage: true });
  const again = await ask("k", START);
  expect([again.status, again.isReplayed, again.json["code"]]).toEqual([410, undefined, "idempotency-answer-gone"]);
  expect(again.text).toContain(json.id);
  expect(await executionsOf("hello")).toEqual([]);
});

test("a replay makes one execution, from the start, from a task run, or with other inputs", async () => {
  const { ask, ended, executionsOf } = await setup();
  const { json: original } = await ask(undefined, { ...START, ...form("x", { name: "Ada" }) });
  const end = await ended(original.id);
  const paths: readonly Ask[] = [
    { path: `/executions/${original.id}/replay` },
    { path: `/executions/${original.id}/replay?taskRunId=${end!.taskRuns[0]!.id}` },
    { path: `/executions/${original.id}/replay-with-inputs`, ...form("x", { name: "Bob" }) },
  ];
  for (const [number, request] of paths.entries()) {
    const first = await ask(`k${number}`, request);
    expect([first.status, first.isReplayed]).toEqual([200, undefined]);
    expect(first.json.id).not.toBe(original.id);
    const again = await ask(`k${number}`, request);
    expect([again.status, again.isReplayed, again.json.id]).toEqual([200, "true", first.json.id]);
  }
  expect(await executionsOf("hello")).toHaveLength(1 + paths.length);
});

test("a restart happens once, under the same id, as a new execution, and of one that is paused", async () => {
  const { ask, ended, executionsOf } = await setup();
  const { json: failed } = await ask(undefined, { path: `/executions/${NAMESPACE}/fails` });
  const attemptsOf = async () => (await ended(failed.id))!.taskRuns[0]!.attempts.length;
  expect(await attemptsOf()).toBe(1);
  const restart = { path: `/executions/${failed.id}/restart` };
  expect((await ask("k", restart)).json.id).toBe(failed.id);
  expect(await attemptsOf()).toBe(2);
  expect((await ask("k", restart)).isReplayed).toBe("true");
  expect(await attemptsOf()).toBe(2);
  const anew = { path: `/executions/${failed.id}/restart?revision=1` };
  const first = await ask("k", anew);
  expect([first.status, first.json["code"]]).toEqual([422, "idempotency-key-reused"]);
  const made = await ask("k2", anew);
  expect((await ask("k2", anew)).json.id).toBe(made.json.id);
  expect(await executionsOf("fails")).toHaveLength(2);

  const { json: paused } = await ask(undefined, { path: `/executions/${NAMESPACE}/pauses?wait=true` });
  const resume = { path: `/executions/${paused.id}/restart` };
  expect((await ask("k", resume)).status).toBe(200);
  expect((await ended(paused.id))?.row.state).toBe("SUCCESS");
  expect([(await ask("k", resume)).isReplayed, await executionsOf("pauses")]).toEqual(["true", [paused.id]]);
});

test("many are replayed once each, and what a request had done before it broke off is not done again", async () => {
  const { ask, ended, executionsOf, runtime } = await setup();
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const { json } = await ask(undefined, START);
    await ended(json.id);
    ids.push(json.id);
  }
  const request = { path: "/executions/replay/by-ids", body: JSON.stringify(ids) };
  const done = { count: 3, totalItems: 3, operationId: expect.any(String) as string };
  // The third can't be replayed at first, which is found when the others are.
  const { row } = (await runtime.executions.get("main", ids[2]!))!;
  await runtime.store.commit({ executions: [{ ...row, flowRevision: 99 }] });
  expect((await ask("k", request)).json["code"]).toBe("flow-not-found");
  expect(await executionsOf("hello")).toHaveLength(5);
  await runtime.store.commit({ executions: [row] });
  const second = await ask("k", request);
  expect([second.status, second.isReplayed, second.json]).toEqual([200, undefined, done]);
  expect(await executionsOf("hello")).toHaveLength(6);
  const third = await ask("k", request);
  expect([third.status, third.isReplayed, third.json]).toEqual([200, "true", second.json]);
  expect(await executionsOf("hello")).toHaveLength(6);
});

test("a flow is created, updated, applied and imported once", async () => {
  const { ask, runtime } = await setup();
  const source = HELLO.replace("id: hello", "id: made");
  const revisionsOf = async (id: string) =>
    (await runtime.store.flows.revisions({ tenant: "main", namespace: NAMESPACE, id })).length;
  const create = { path: "/flows", body: source };
  const first = await ask("k", create);
  expect(first.status).toBe(200);
  // Somebody changes it, and the answer is that of the revision that was created.
  await runtime.flows.save("main", source.replace("hi", "ho"));
  const again = await ask("k", create);
  expect([again.status, again.isReplayed, again.json]).toEqual([200, "true", first.json]);
  expect((await ask("k", { ...create, body: source.replace("hi", "hey") })).status).toBe(422);
  expect((await ask("other", create)).json["code"]).toBe("flow-exists");

  const update = { method: "PUT" as const, path: `/flows/${NAMESPACE}/made`, body: source };
  const updated = await ask("k", update);
  expect(updated.json["revision"]).toBe(3);
  await runtime.flows.save("main", source.replace("hi", "ho"));
  expect(await ask("k", update)).toEqual({ ...updated, isReplayed: "true" });
  expect(await revisionsOf("made")).toBe(4);

  for (const path of ["/flows/bulk?delete=false", `/flows/${NAMESPACE}?delete=false`]) {
    const applied = await ask("k", { path, body: source });
    expect(applied.status).toBe(200);
    await runtime.flows.save("main", source.replace("hi", "ho"));
    expect(await ask("k", { path, body: source })).toEqual({ ...applied, isReplayed: "true" });
  }
  expect(await revisionsOf("made")).toBe(8);

  const file = { "content-type": "multipart/form-data; boundary=x" };
  const content = `--x\r\nContent-Disposition: form-data; name="fileUpload"; filename="f.yaml"\r\n\r\n${source}\r\n--x--\r\n`;
  const upload = { path: "/flows/import", body: content, headers: file };
  expect((await ask("k", upload)).text).toBe("[]");
  await runtime.flows.save("main", source.replace("hi", "ho"));
  expect(await ask("k", upload)).toMatchObject({ status: 200, isReplayed: "true", text: "[]" });
  expect(await revisionsOf("made")).toBe(10);
  const other = { ...upload, body: content.replace("hi", "hey") };
  expect((await ask("k", other)).json["code"]).toBe("idempotency-key-reused");
});

test("a key-value is put once, with its time to live as part of the request", async () => {
  const { ask, runtime } = await setup();
  const put = { method: "PUT" as const, path: `/namespaces/${NAMESPACE}/kv/color`, body: '"red"' };
  const revision = async () =>
    (await runtime.store.keyValues.get({ tenant: "main", namespace: NAMESPACE, key: "color" }, 0))?.revision ?? 1;
  expect(await ask("k", put)).toMatchObject({ status: 200, isReplayed: undefined });
  expect(await ask("k", put)).toMatchObject({ status: 200, isReplayed: "true", text: "" });
  expect(await revision()).toBe(1);
  expect((await ask("k", { ...put, headers: { ttl: "PT1H" } })).status).toBe(422);
  expect((await ask("k", { ...put, body: '"blue"' })).status).toBe(422);
  await ask("k2", put);
  expect(await revision()).toBe(2);
});

test("a webhook starts one execution for a key, and answers as its trigger says", async () => {
  const { ask, executionsOf } = await setup();
  const hook = (key: string, body: object, method: "POST" | "PUT" = "POST") => ({
    method,
    path: `/executions/webhook/${NAMESPACE}/hook/${key}`,
    body: JSON.stringify(body),
  });
  const first = await ask("k", hook("plain", { text: "a" }));
  const again = await ask("k", hook("plain", { text: "a" }));
  expect([first.status, again.status, again.isReplayed, again.json.id]).toEqual([200, 200, "true", first.json.id]);
  expect((await ask("k", hook("plain", { text: "b" }))).json["code"]).toBe("idempotency-key-reused");

  const asked = await ask("k", hook("asking", { text: "yes", code: 202 }));
  expect([asked.status, asked.isReplayed, asked.text]).toEqual([202, undefined, "yes"]);
  const askedAgain = await ask("k", hook("asking", { text: "yes", code: 202 }));
  expect([askedAgain.status, askedAgain.isReplayed, askedAgain.text]).toEqual([202, "true", "yes"]);
  // Another method is another request, of its own.
  expect((await ask("k", hook("plain", { text: "a" }, "PUT"))).isReplayed).toBeUndefined();
  expect(await executionsOf("hook")).toHaveLength(3);
  // Where nothing was started, nothing is kept.
  expect((await ask("k", hook("choosy", {}))).status).toBe(204);
  expect((await ask("k", hook("choosy", { go: true, text: "a" }))).status).toBe(200);
});

test("a key has its limits", async () => {
  const { ask, executionsOf, server } = await setup();
  const longest = "k".repeat(IDEMPOTENCY_KEY_CHARACTERS_MAX);
  const { json } = await ask(longest, START);
  expect(await ask(longest, START)).toMatchObject({ isReplayed: "true", json: { id: json.id } });
  for (const key of [`${longest}k`, "", '""', "größer"]) {
    const refused = await ask(key, START);
    expect([refused.status, refused.json["code"]], key).toEqual([400, "idempotency-key-invalid"]);
  }
  expect((await ask(`"${longest}"`, START)).json.id).toBe(json.id);
  const twice = { "idempotency-key": ["a", "b"] as unknown as string };
  const refused = await server.inject({ method: "POST", url: `/api/v1/main${START.path}`, headers: twice });
  expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining("more than once")]);
  expect(await executionsOf("hello")).toEqual([json.id]);
});

test("each route that says so reads the key, and no other does", async () => {
  const { server } = await setup();
  for (const [name, route] of Object.entries(allRoutes)) {
    if (route.answerType === "text/event-stream") continue;
    const url = `/api/v1/main${route.path.replaceAll(/\{\w+\}/g, "none")}`;
    const reply = await server.inject({ method: route.method, url, headers: { "idempotency-key": "" } });
    expect(reply.body.includes("idempotency-key-invalid"), name).toBe(route.once === true && !checksFirst(name));
  }
});

/** What such a request is refused for before anybody looks at its key. */
function checksFirst(name: string): boolean {
  return ["restartExecutionsByIds", "replayExecutionsByIds"].includes(name);
}
