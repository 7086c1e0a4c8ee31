import { expect, onTestFinished, test } from "vitest";
import { setup } from "../testing/setup.ts";

const FOLDER = "/company/team/hello/executions";
const FORM = { "content-type": "multipart/form-data; boundary=x" };
const field = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--x--\r\n`;

test("who runs a flow sees its inputs, and ids and types of what it does", async () => {
  const { call, start } = await setup();
  const id = await start();
  const seen = {
    id: "hello",
    namespace: "company.team",
    revision: 1,
    inputs: [{ id: "data", type: "FILE" }],
    tasks: [{ id: "hello", type: "io.kestra.plugin.core.log.Log" }],
  };
  for (const path of [`/executions/${id}/flow`, "/executions/flows/company.team/hello"]) {
    const { json } = await call("GET", path);
    expect(json).toMatchObject(seen);
    expect(JSON.stringify(json)).not.toContain("message");
  }
  expect((await call("GET", "/executions/absent/flow")).status).toBe(404);
  expect((await call("GET", "/executions/flows/company.team/hello?revision=7")).status).toBe(404);
  expect((await call("GET", "/executions/flows/company.team/hello?revision=x")).status).toBe(400);
});

test("namespaces and flows that may be run are listed, disabled flows are not", async () => {
  const { call, runtime } = await setup();
  expect((await call("GET", "/executions/namespaces")).json).toEqual(["company.team"]);
  const flows = "/executions/namespaces/company.team/flows";
  expect((await call("GET", flows)).json).toMatchObject([{ id: "hello" }]);
  await runtime.flows.setDisabled({ tenant: "main", namespace: "company.team", id: "hello" }, true);
  expect((await call("GET", flows)).json).toEqual([]);
});

test("an execution is drawn with its task runs", async () => {
  const { call, start } = await setup();
  const id = await start();
  const { nodes } = (await call("GET", `/executions/${id}/graph`)).json as { nodes: object[] };
  expect(nodes).toContainEqual(
    expect.objectContaining({ uid: "root.hello", taskRun: expect.objectContaining({ id: `${id}-run` }) }),
  );
  expect((await call("GET", "/executions/absent/graph")).status).toBe(404);
});

test("values of a field are listed, a field that has none is refused", async () => {
  const { call, start, change } = await setup();
  change(await start(), { state: "FAILED" });
  await start();
  const values = async (query: string) => (await call("GET", `/executions/distinct-field-values?${query}`)).json;
  expect(await values("field=STATE")).toEqual(["FAILED", "RUNNING"]);
  expect(await values("field=FLOW_ID&state=FAILED")).toEqual(["hello"]);
  expect((await call("GET", "/executions/distinct-field-values?field=color")).status).toBe(400);
  expect((await call("GET", "/executions/distinct-field-values")).status).toBe(400);
});

test("a table of executions has a line for each that matches", async () => {
  const { call, start, change } = await setup();
  const id = await start();
  change(await start(), { state: "FAILED" });
  const { text, headers } = await call("GET", "/executions/export/by-query/csv?state=RUNNING");
  expect(headers["content-type"]).toContain("text/csv");
  const lines = text.trimEnd().split("\r\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(new RegExp(`^${id},company\\.team,hello,1,RUNNING,2026-`));
  expect((await call("GET", "/executions/export/by-query/csv?filters[a][EQUALS]=1")).status).toBe(400);
});

test.each([
  ["a.txt", "one\ntwo\nthree\n", { type: "TEXT", content: "one\ntwo", truncated: true }],
  ["a.md", "# T", { type: "MARKDOWN", content: "# T", truncated: false }],
  ["a.jsonl", '{"a":1}\n{"a":2}\n', { type: "LIST", content: [{ a: 1 }, { a: 2 }], truncated: false }],
  [
    "a.csv",
    'x,y\n1,"a,b"\n2,\n3,c',
    {
      type: "LIST",
      content: [
        { x: "1", y: "a,b" },
        { x: "2", y: "" },
      ],
      truncated: true,
    },
  ],
  ["a.png", "\0", { type: "IMAGE", content: "AA==", truncated: false }],
  ["empty.ion", "", { type: "LIST", content: [], truncated: false }],
])("the file %s is shown by its extension", async (name, content, preview) => {
  const { call, start, runtime } = await setup();
  const id = await start();
  await runtime.storage.put("main", `${FOLDER}/${id}/tasks/a/${name}`, content);
  const path = encodeURIComponent(`kestra://${FOLDER}/${id}/tasks/a/${name}`);
  expect((await call("GET", `/executions/${id}/file/preview?maxRows=2&path=${path}`)).json).toMatchObject(preview);
});

test("a file of a namespace, which an execution may have got as an input, is shown with it", async () => {
  const { call, start, runtime } = await setup();
  const id = await start();
  await runtime.storage.put("main", "/company/team/_files/a.txt", "own");
  await runtime.storage.put("main", "/company/_files/b.txt", "above");
  const file = (uri: string, what = "file") => call("GET", `/executions/${id}/${what}?path=${encodeURIComponent(uri)}`);
  expect((await file("nsfile:///a.txt")).text).toBe("own");
  expect((await file("nsfile://company/b.txt", "file/metas")).json).toEqual({ size: 5 });
  expect((await file("nsfile:///a.txt", "file/preview")).json).toMatchObject({ content: "own" });
  expect((await file("nsfile:///absent.txt")).status).toBe(404);
  for (const uri of ["nsfile:///../a.txt", "nsfile:///_flows/a.yml", "nsfile://../a.txt", "file:///etc/passwd"])
    expect((await file(uri)).status, uri).toBe(422);
});

test("a preview is refused for a file that is not there, of nobody, or in an unknown encoding", async () => {
  const { call, start, runtime } = await setup();
  const id = await start();
  await runtime.storage.put("main", `${FOLDER}/${id}/a.txt`, "a");
  const preview = async (path: string, query = "") =>
    (await call("GET", `/executions/${id}/file/preview?path=${encodeURIComponent(path)}${query}`)).status;
  expect(await preview(`kestra://${FOLDER}/${id}/absent.txt`)).toBe(404);
  expect(await preview("kestra:///company/team/_files/a.txt")).toBe(422);
  expect(await preview(`kestra://${FOLDER}/${id}/a.txt`, "&encoding=klingon")).toBe(422);
  expect(await preview(`kestra://${FOLDER}/${id}/a.txt`, "&maxRows=5001")).toBe(422);
  expect(await preview(`kestra://${FOLDER}/${id}/a.txt`, "&encoding=ISO-8859-1")).toBe(200);
});

test("an expression is rendered for the whole execution", async () => {
  const { call, start } = await setup();
  const id = await start();
  for (const path of [`/executions/${id}/eval`, `/executions/${id}/actions/eval`]) {
    expect((await call("POST", path, "{{ x }}")).json).toEqual({ result: "rendered {{ x }}" });
    expect((await call("POST", path, "broken")).json).toEqual({ error: "the expression is broken" });
  }
  expect((await call("POST", "/executions/absent/eval", "x")).status).toBe(404);
});

test("inputs are checked without a start, and their files are not kept", async () => {
  const { call, memory, runtime } = await setup();
  const path = "/executions/company.team/hello/validate";
  expect((await call("POST", path)).json).toMatchObject({
    id: "hello",
    namespace: "company.team",
    inputs: [{ input: { id: "data", type: "FILE" }, enabled: true, errors: [] }],
    checks: [],
  });
  const file = '--x\r\nContent-Disposition: form-data; name="files"; filename="data"\r\n\r\na\r\n--x--\r\n';
  expect((await call("POST", path, file, FORM)).json).toMatchObject({ inputs: [{ value: "kestra:///data" }] });
  expect(await runtime.storage.list("main", "/")).toEqual([]);
  expect(memory.executions.size).toBe(0);
  expect((await call("POST", path, "no form")).status).toBe(422);
  expect((await call("POST", "/executions/company.team/absent/validate")).status).toBe(404);
});

test("inputs of a resume are checked while the execution is paused", async () => {
  const { call, start, change } = await setup();
  const id = await start();
  const check = () => call("POST", `/executions/${id}/resume/validate`, field("reason", "x"), FORM);
  expect((await check()).status).toBe(409);
  change(id, { state: "PAUSED" });
  expect((await check()).json).toMatchObject({ id: "hello", inputs: [] });
  expect((await call("POST", "/executions/absent/resume/validate")).status).toBe(404);
});

test("task runs are searched through their executions", async () => {
  const { call, start } = await setup();
  const id = await start();
  expect((await call("GET", "/taskruns/search?namespace=company")).json).toMatchObject({
    total: 1,
    results: [{ id: `${id}-run`, executionId: id }],
  });
  expect((await call("GET", "/taskruns/search?taskState=FAILED")).json).toMatchObject({ results: [] });
  expect((await call("GET", "/taskruns/search?taskState=WRONG")).status).toBe(400);
});

test("the executions of a chain are followed until all have ended", async () => {
  const { server, start, change } = await setup();
  const { url } = await server.listen();
  onTestFinished(() => server.close());
  const labels = [{ key: "system.correlationId", value: "chain" }];
  const [first, second, other] = [await start(), await start(), await start()];
  for (const id of [first, second]) change(id, { labels });
  const reply = await fetch(`${url}/api/v1/main/executions/${first}/follow-dependencies`);
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    expect(text).toContain(wanted);
  };
  await until(`"executionId":"${second}"`);
  const isOf = (id: string, state: string) =>
    `"executionId":"${id}","tenantId":"main","namespace":"company.team","flowId":"hello","state":{"current":"${state}"`;
  expect(text).toContain(`\n\nid: start\ndata: {${isOf(first, "RUNNING")}`);
  change(first, { state: "SUCCESS" });
  await until(`\n\nid: end\ndata: {${isOf(first, "SUCCESS")}`);
  change(second, { state: "FAILED" });
  await until("id: end-all");
  expect(text).toContain(`\n\nid: end\ndata: {${isOf(second, "FAILED")}`);
  expect(text.match(/^id: end$/gm)).toHaveLength(2);
  expect(text).not.toMatch(/^event:/m);
  expect(text).not.toContain(other);
  expect((await fetch(`${url}/api/v1/main/executions/absent/follow-dependencies`)).status).toBe(404);
});

test("a change by scope leaves what is not in it", async () => {
  const { call, start, change, memory } = await setup();
  const [user, system] = [await start(), await start()];
  change(system, { namespace: "system.jobs" });
  expect((await call("DELETE", "/executions/kill/by-query?scope=USER")).json).toMatchObject({ count: 1 });
  expect(memory.executions.get(user)?.row.state).toBe("KILLED");
  expect(memory.executions.get(system)?.row.state).toBe("RUNNING");
  expect((await call("DELETE", "/executions/kill/by-query?filters[scope][EQUALS]=SYSTEM")).json).toMatchObject({
    count: 1,
  });
  expect((await call("DELETE", "/executions/kill/by-query?scope=OTHER")).status).toBe(400);
});

test("killing an execution that has ended kills what it started", async () => {
  const { call, start, change, memory, runtime } = await setup();
  const [parent, child] = [await start(), await start()];
  change(parent, { state: "SUCCESS" });
  change(child, { parent: { executionId: parent, taskRun: 0 } });
  runtime.executions.search = async (filter) => {
    const rows = Array.from(memory.executions.values(), ({ row }) => row);
    const found = rows.filter((row) => row.parent?.executionId === filter.parentExecutionId);
    return { rows: found, total: found.length };
  };
  expect((await call("DELETE", `/executions/${parent}/kill`)).status).toBe(202);
  expect(memory.executions.get(child)?.row.state).toBe("KILLED");
  expect(memory.executions.get(parent)?.row.state).toBe("SUCCESS");
});
