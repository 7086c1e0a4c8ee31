import { request } from "node:http";
import { onTestFinished, expect, test } from "vitest";
import type { ServerOptions } from "../server.ts";
import { NOW, setup } from "../testing/setup.ts";

/** A server on a socket, for what can't be injected: forms and streams. */
async function listening(options: Partial<ServerOptions> = {}) {
  const bundle = await setup(options);
  const { url } = await bundle.server.listen();
  onTestFinished(() => bundle.server.close());
  return { ...bundle, api: `${url}/api/v1/main` };
}

function form(fields: Record<string, string>, files: Record<string, { part: string; content: string }> = {}): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [fileName, { part, content }] of Object.entries(files)) data.append(part, new Blob([content]), fileName);
  return data;
}

const post = (url: string, body: FormData) => fetch(url, { method: "POST", body });

test("a file whose filename is the input is stored below the execution", async () => {
  const { api, runtime } = await listening();
  const body = form({ name: "Ada" }, { data: { part: "files", content: "a,b\n1,2" } });
  const reply = await post(`${api}/executions/company.team/hello`, body);
  expect(reply.status).toBe(200);
  const { id, inputs } = (await reply.json()) as { id: string; inputs: { name: string; data: string } };
  expect(inputs).toEqual({ name: "Ada", data: `kestra:///company/team/hello/executions/${id}/inputs/data/data` });
  const file = await fetch(`${api}/executions/${id}/file?path=${encodeURIComponent(inputs.data)}`);
  expect(await file.text()).toBe("a,b\n1,2");
  expect((await runtime.storage.stat("main", inputs.data))?.sizeBytes).toBe(7);
});

test("a file whose part is named as the input keeps its own name", async () => {
  const { api } = await listening();
  const reply = await post(
    `${api}/executions/company.team/hello`,
    form({}, { "my table.csv": { part: "data", content: "x" } }),
  );
  const { inputs } = (await reply.json()) as { inputs: { data: string } };
  expect(inputs.data).toMatch(/\/inputs\/data\/my_table\.csv$/);
});

test("a refused start leaves no file behind", async () => {
  const { api, runtime } = await listening();
  const body = form({ count: "many" }, { data: { part: "files", content: "x" } });
  expect((await post(`${api}/executions/company.team/hello`, body)).status).toBe(422);
  expect(await runtime.storage.list("main", "/company/team/hello/executions")).toEqual([]);
});

test("an empty file is refused", async () => {
  const { api } = await listening();
  expect(
    (await post(`${api}/executions/company.team/hello`, form({}, { data: { part: "files", content: "" } }))).status,
  ).toBe(422);
});

test("files, fields and parts beyond their limits are refused", async () => {
  const { api } = await listening({ limits: { uploadBytesMax: 100, fieldBytesMax: 50, partsMax: 3 } });
  const start = async (body: FormData) => (await post(`${api}/executions/company.team/hello`, body)).status;
  expect(await start(form({}, { data: { part: "files", content: "x".repeat(100) } }))).toBe(200);
  expect(await start(form({}, { data: { part: "files", content: "x".repeat(101) } }))).toBe(413);
  expect(await start(form({ name: "x".repeat(49) }))).toBe(200);
  expect(await start(form({ name: "x".repeat(51) }))).toBe(413);
  expect(await start(form({ a: "1", b: "2", c: "3" }))).toBe(200);
  expect(await start(form({ a: "1", b: "2", c: "3", d: "4" }))).toBe(413);
});

test("a form that is cut off or has no boundary is refused", async () => {
  const { api } = await listening();
  const send = (contentType: string, body: string) =>
    fetch(`${api}/executions/company.team/hello`, { method: "POST", body, headers: { "content-type": contentType } });
  const cut = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue';
  expect((await send("multipart/form-data; boundary=x", cut)).status).toBe(422);
  expect((await send("multipart/form-data", cut)).status).toBe(422);
});

test("a pause is resumed with inputs from a form", async () => {
  const { api, start, change } = await listening();
  const id = await start();
  change(id, { state: "PAUSED" });
  const reply = await post(`${api}/executions/${id}/resume`, form({ approved: "true" }));
  expect(await reply.json()).toMatchObject({ variables: { resumedWith: { approved: "true" } } });
  const replayed = await post(`${api}/executions/${id}/replay-with-inputs`, form({ name: "Bob" }));
  expect(await replayed.json()).toMatchObject({ originalId: id, inputs: { name: "Bob" } });
});

test("an approval is reviewed with inputs and a comment from a form", async () => {
  const { api, start, change } = await listening();
  const id = await start();
  change(id, { state: "PAUSED" });
  const review = (path: string) =>
    post(`${api}/executions/${path}`, form({ ticket: "7", kestra_review_comment: "too late" }));
  expect(await (await review(`${id}/actions/review/validate?taskRunId=r`)).json()).toMatchObject({ inputs: [] });
  expect((await review(`${id}/actions/review`)).status).toBe(400);
  expect((await review(`${id}/actions/review?decision=PERHAPS`)).status).toBe(400);
  const reply = await review(`${id}/actions/review?decision=DENY&taskRunId=r`);
  expect(await reply.json()).toMatchObject({
    variables: {
      reviewedWith: { taskRunId: "r", decision: "DENIED", comment: "too late", inputs: { ticket: "7" } },
    },
  });
  expect((await review(`${id}/actions/review?decision=APPROVE`)).status).toBe(409);
  expect((await review("absent/actions/review?decision=APPROVE")).status).toBe(404);
});

test("a start that waits answers the end, or the pause", async () => {
  const { api, change, memory } = await listening();
  for (const state of ["SUCCESS", "PAUSED"] as const) {
    const count = memory.executions.size;
    const reply = post(`${api}/executions/company.team/hello?wait=true`, form({ a: "b" }));
    while (memory.executions.size === count) await new Promise((resolve) => setImmediate(resolve));
    change([...memory.executions.keys()].at(-1)!, { state });
    expect(await (await reply).json()).toMatchObject({ state: { current: state } });
  }
});

test("a namespace file is uploaded", async () => {
  const { api } = await listening();
  const files = `${api}/namespaces/company.team/files?path=/a/b.txt`;
  expect((await post(files, form({}, { "b.txt": { part: "fileContent", content: "hello" } }))).status).toBe(200);
  expect(await (await fetch(files)).text()).toBe("hello");
  expect((await post(files, form({}, { "b.txt": { part: "other", content: "hello" } }))).status).toBe(422);
  const reserved = `${api}/namespaces/company.team/files?path=../b.txt`;
  expect((await post(reserved, form({}, { "b.txt": { part: "fileContent", content: "hello" } }))).status).toBe(422);
});

/** Reads the events of a stream one by one. */
async function events(url: string) {
  const reply = await fetch(url, { headers: { accept: "text/event-stream" } });
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<{ id: string; data: unknown } | undefined> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) return { id: /^id: (.*)$/m.exec(event)?.[1] ?? "", data: JSON.parse(data) };
        continue;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  };
  return { status: reply.status, type: reply.headers.get("content-type"), next, cancel: () => reader.cancel() };
}

test("an execution is followed from its present state to its end", async () => {
  const { api, start, change } = await listening();
  const id = await start();
  const stream = await events(`${api}/executions/${id}/follow`);
  expect(stream.type).toContain("text/event-stream");
  expect(await stream.next()).toMatchObject({ id: "start", data: { id } });
  expect(await stream.next()).toMatchObject({ id: "progress", data: { id, state: { current: "RUNNING" } } });
  change(id, { state: "PAUSED" });
  expect(await stream.next()).toMatchObject({ id: "progress", data: { state: { current: "PAUSED" } } });
  change(id, { state: "SUCCESS" });
  expect(await stream.next()).toMatchObject({ id: "end", data: { state: { current: "SUCCESS" } } });
  expect(await stream.next()).toBeUndefined();
  const ended = await events(`${api}/executions/${id}/follow`);
  expect(await ended.next()).toMatchObject({ id: "start", data: { id } });
  expect(await ended.next()).toMatchObject({ id: "end", data: { id, taskRunList: [{ taskId: "hello" }] } });
  expect((await fetch(`${api}/executions/absent/follow`)).status).toBe(404);
});

test("a log is followed: stored lines, then live ones, each once", async () => {
  const { api, start, log } = await listening();
  const id = await start();
  const source = { tenant: "main", namespace: "company.team", flowId: "hello", executionId: id };
  log({ ...source, lines: [{ time: NOW, level: "INFO", message: "stored" }] });
  const stream = await events(`${api}/logs/${id}/follow?minLevel=INFO&filters[q][NOT_EQUALS]=secret`);
  expect(await stream.next()).toMatchObject({ id: "progress", data: { message: "stored" } });
  log({
    ...source,
    lines: [
      { time: NOW, level: "DEBUG", message: "hidden" },
      { time: NOW, level: "WARN", message: "Secret" },
      { time: NOW, level: "WARN", message: "live" },
    ],
  });
  expect(await stream.next()).toMatchObject({ id: "progress", data: { message: "live" } });
  await stream.cancel();
  expect((await fetch(`${api}/logs/absent/follow`)).status).toBe(404);
});

test("a long log is followed with each line once, also lines that come late while a page is read", async () => {
  const { api, start, log, runtime } = await listening();
  const id = await start();
  const source = { tenant: "main", namespace: "company.team", flowId: "hello", executionId: id };
  const lineOf = (after: number, message: string) => ({ time: NOW + after, level: "INFO" as const, message });
  const stored = Array.from({ length: 2500 }, (_, index) => lineOf(index, `line ${index}`));
  log({ ...source, lines: stored });
  const { logs } = runtime.store;
  const search = logs.search.bind(logs);
  let pages = 0;
  logs.search = async (filter, page) => {
    const found = await search(filter, page);
    pages += 1;
    // A slow task hands in its lines while a page is on its way: older than the page, within the next one, behind all.
    if (pages < 3) log({ ...source, lines: [-1, 1500, 3000].map((after) => lineOf(after, `late ${pages} ${after}`)) });
    return found;
  };
  const stream = await events(`${api}/logs/${id}/follow`);
  const late = [1, 2].flatMap((page) => [-1, 1500, 3000].map((after) => `late ${page} ${after}`));
  const expected = [...stored.map(({ message }) => message), ...late];
  const messages: string[] = [];
  while (messages.length < expected.length) {
    const event = await stream.next();
    const data = event?.data as { readonly message: string } | undefined;
    if (data === undefined) break;
    messages.push(data.message);
  }
  expect(messages.toSorted()).toEqual(expected.toSorted());
  log({ ...source, lines: [lineOf(4000, "live")] });
  expect(await stream.next()).toMatchObject({ data: { message: "live" } });
  await stream.cancel();
});

test("a follower that goes away is forgotten, a server that stops ends its streams", async () => {
  const { api, start, runtime, server } = await listening();
  const id = await start();
  const follow = runtime.executions.follow.bind(runtime.executions);
  const gone = Promise.withResolvers<void>();
  runtime.executions.follow = (...call) => {
    const following = follow(...call);
    return {
      stop() {
        following.stop();
        gone.resolve();
      },
    };
  };
  const first = await events(`${api}/executions/${id}/follow`);
  await first.next();
  await first.cancel();
  await gone.promise;
  const second = await events(`${api}/executions/${id}/follow`);
  await second.next();
  await second.next();
  await server.close();
  expect(await second.next()).toBeUndefined();
});

test("headers beyond their limit are refused", async () => {
  const { api } = await listening();
  const status = await new Promise((resolve, reject) => {
    const sent = request(`${api}/flows/search`, { headers: { "x-large": "x".repeat(33_000) } }, (reply) =>
      resolve(reply.statusCode),
    );
    sent.on("error", reject);
    sent.end();
  });
  expect(status).toBe(431);
});
