import { KEY_CHARACTERS_MAX } from "@capstan/runtime";
import { expect, test } from "vitest";
import { formText } from "../testing/raw-request.ts";
import { NOW, setup } from "../testing/setup.ts";

const FILES = "/namespaces/company.team/files";
const KV = "/namespaces/company.team/kv";

test("namespaces exist with their parents, and the system's own", async () => {
  const { call } = await setup();
  expect((await call("GET", "/namespaces/search")).json).toEqual({
    total: 3,
    results: [
      { id: "company", deleted: false },
      { id: "company.team", deleted: false },
      { id: "system", deleted: false },
    ],
  });
  expect((await call("GET", "/namespaces/search?q=team")).json).toMatchObject({ total: 1 });
  expect((await call("GET", "/namespaces/search?filters[color][EQUALS]=x")).status).toBe(400);
  expect((await call("POST", "/namespaces/autocomplete", { q: "team", ids: ["other"] })).json).toEqual([
    "other",
    "company.team",
  ]);
  expect((await call("POST", "/namespaces/autocomplete", "[")).status).toBe(422);
  expect((await call("GET", "/namespaces/any.thing")).json).toEqual({ id: "any.thing", deleted: false });
  expect((await call("GET", "/namespaces/a%2Fb")).status).toBe(422);
});

test("files are listed, read, described, found, moved and deleted", async () => {
  const { call, runtime } = await setup();
  await runtime.storage.put("main", "/company/team/_files/scripts/run.py", "print(1)");
  expect((await call("GET", `${FILES}?path=/scripts/run.py`)).text).toBe("print(1)");
  expect((await call("GET", `${FILES}?path=absent`)).status).toBe(404);
  expect((await call("GET", FILES)).status).toBe(400);
  expect((await call("GET", `${FILES}/directory`)).json).toMatchObject([{ fileName: "scripts", type: "Directory" }]);
  expect((await call("GET", `${FILES}/directory?path=scripts/`)).json).toEqual([
    { fileName: "run.py", type: "File", size: 8, lastModifiedTime: NOW, creationTime: NOW },
  ]);
  expect((await call("GET", `${FILES}/directory?path=absent`)).status).toBe(404);
  expect((await call("GET", "/namespaces/without.files/files/directory")).json).toEqual([]);
  expect((await call("GET", `${FILES}/stats?path=scripts/run.py`)).json).toMatchObject({ fileName: "run.py", size: 8 });
  expect((await call("GET", `${FILES}/stats?path=absent`)).status).toBe(404);
  expect((await call("GET", `${FILES}/search?q=RUN`)).json).toEqual(["/scripts/run.py"]);
  expect((await call("POST", `${FILES}/directory?path=empty`)).status).toBe(200);
  expect((await call("PUT", `${FILES}?from=/scripts/run.py&to=/scripts/go.py`)).status).toBe(200);
  expect((await call("PUT", `${FILES}?from=/absent&to=/x`)).status).toBe(404);
  expect((await call("PUT", `${FILES}?from=/absent`)).status).toBe(400);
  expect((await call("DELETE", `${FILES}?path=scripts/go.py`)).status).toBe(200);
  expect((await call("DELETE", `${FILES}?path=scripts/go.py`)).status).toBe(404);
});

test("a path that leaves its namespace or is reserved is refused", async () => {
  const { call } = await setup();
  for (const path of ["../x", "a/../../x", "a%2F..%2Fx", "a%5Cx", "_flows/a.yml"]) {
    expect([path, (await call("GET", `${FILES}?path=${path}`)).status]).toEqual([path, 422]);
    expect([path, (await call("POST", `${FILES}/directory?path=${path}`)).status]).toEqual([path, 422]);
    expect([path, (await call("DELETE", `${FILES}?path=${path}`)).status]).toEqual([path, 422]);
    expect([path, (await call("GET", `${FILES}/directory?path=${path}`)).status]).toEqual([path, 422]);
    expect([path, (await call("GET", `${FILES}/stats?path=${path}`)).status]).toEqual([path, 422]);
  }
});

test("a file that is not sent as a form is refused", async () => {
  const { call } = await setup();
  expect((await call("POST", `${FILES}?path=a.txt`, "content")).status).toBe(422);
});

test.each([
  ['"abc"', "STRING", "abc"],
  ["abc", "STRING", "abc"],
  ["two words", "STRING", "two words"],
  ["1.5", "NUMBER", 1.5],
  ["1e3", "NUMBER", 1000],
  ["-9007199254740993", "NUMBER", "-9007199254740993"],
  ['{"ids":[9007199254740993]}', "JSON", { ids: ["9007199254740993"] }],
  ["1e400", "STRING", "1e400"],
  ["true", "BOOLEAN", true],
  ["2022-05-01T03:02:01+02:00", "DATETIME", "2022-05-01T01:02:01Z"],
  ["2022-05-01", "DATE", "2022-05-01"],
  ["P3DT3H2M1S", "DURATION", "PT75H2M1S"],
  ['"PT1H"', "DURATION", "PT1H"],
  ['{"a":[1]}', "JSON", { a: [1] }],
  ["[1,2]", "JSON", [1, 2]],
])("the value %s is kept as %s", async (body, type, value) => {
  const { call } = await setup();
  expect((await call("PUT", `${KV}/key`, body)).status).toBe(200);
  expect((await call("GET", `${KV}/key`)).json).toMatchObject({ type, value });
});

test("a key at the limit of its length is taken, a longer one is refused", async () => {
  const { call } = await setup();
  expect((await call("PUT", `${KV}/${"k".repeat(KEY_CHARACTERS_MAX)}`, "1")).status).toBe(200);
  const refused = await call("PUT", `${KV}/${"k".repeat(KEY_CHARACTERS_MAX + 1)}`, "1");
  expect([refused.status, refused.text]).toEqual([
    422,
    expect.stringContaining(`at most ${KEY_CHARACTERS_MAX} letters`),
  ]);
});

test("a folder is emptied whether it is there or not, and takes no content itself", async () => {
  const { call, runtime } = await setup();
  const files = "/namespaces/company.team/files";
  await runtime.storage.put("main", "/company/team/_files/a/b.txt", "b");
  expect(await call("DELETE", `${files}?path=absent`)).toMatchObject({
    status: 404,
    json: { message: "File '/absent' was not found in namespace 'company.team'" },
  });
  expect((await call("DELETE", `${files}?path=/absent/`)).status).toBe(200);
  for (const path of ["/", "/a/"]) {
    const body = formText([['Content-Disposition: form-data; name="fileContent"; filename="x"', "x"]]);
    const refused = await call("POST", `${files}?path=${path}`, body, {
      "content-type": "multipart/form-data; boundary=x",
    });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("add the name of the file")]);
  }
  expect((await call("DELETE", `${files}?path=/`)).status).toBe(200);
  expect((await call("DELETE", `${files}?path=/`)).status).toBe(200);
  expect(await runtime.storage.list("main", "/company/team/_files")).toEqual([]);
});

test("a flow is stored that is sent as a file below _flows, and the root is there before there are files", async () => {
  const { call, memory } = await setup();
  const files = "/namespaces/company.team/files";
  expect((await call("GET", `${files}/stats`)).json).toMatchObject({ fileName: "_files", type: "Directory" });
  const source = "id: sent\nnamespace: other\ntasks: [{ id: a, type: io.kestra.plugin.core.log.Log, message: hi }]\n";
  const send = (path: string, content: string) =>
    call(
      "POST",
      `${files}?path=${path}`,
      formText([['Content-Disposition: form-data; name="fileContent"; filename="sent.yml"', content]]),
      { "content-type": "multipart/form-data; boundary=x" },
    );
  expect((await send("/_flows/sent.yml", source)).status).toBe(200);
  expect(memory.flows.get("company.team.sent")).toMatchObject([{ namespace: "company.team", revision: 1 }]);
  expect((await send("/_flows/broken.yml", "id: broken\n")).status).toBe(422);
  for (const path of ["/_flows", "/_flows2/sent.yml", "/_flows/deep/sent.yml"])
    expect((await send(path, source)).status, path).toBe(422);
  expect((await call("PUT", `${files}?from=/absent&to=/_flows/x.yml`)).status).toBe(422);
  expect((await call("GET", `${files}?path=/_flows/sent.yml`)).status).toBe(422);
});

test("an archive of a namespace whose name is too long for a folder is refused before it begins", async () => {
  const { call } = await setup();
  const refused = await call("GET", `/namespaces/${"n".repeat(400)}/files/export`);
  expect([refused.status, refused.json]).toEqual([422, expect.objectContaining({ code: "path-too-long" })]);
});

test("keys have a time to live and a description", async () => {
  let now = NOW;
  const { call, runtime } = await setup({ now: () => now });
  await call("PUT", `${KV}/key`, "1", { ttl: "PT1H", description: "a number" });
  expect((await call("GET", KV)).json).toMatchObject([
    {
      key: "key",
      namespace: "company.team",
      revision: 1,
      description: "a number",
      expirationDate: "2026-01-02T04:04:05.000Z",
    },
  ]);
  now += 3_600_000;
  expect((await call("GET", `${KV}/key`)).status).toBe(410);
  expect((await call("GET", `${KV}/absent`)).status).toBe(404);
  for (const method of ["GET", "PUT", "DELETE"] as const)
    expect((await call(method, `${KV}/-key`, "1")).status, method).toBe(422);
  expect((await call("PUT", `${KV}/key`, "1", { ttl: "soon" })).status).toBe(422);
  expect(await runtime.store.keyValues.list("main", "company.team", 0)).toHaveLength(1);
});

test("keys are listed across namespaces and deleted, alone or many", async () => {
  const { call } = await setup();
  for (const key of ["a", "b", "c"]) await call("PUT", `${KV}/${key}`, "1");
  expect((await call("GET", "/kv?q=b")).json).toMatchObject({ total: 1, results: [{ key: "b" }] });
  expect((await call("GET", "/kv?filters[namespace][EQUALS]=other")).json).toMatchObject({ total: 0 });
  expect((await call("GET", "/kv?filters[color][EQUALS]=x")).status).toBe(400);
  expect((await call("DELETE", `${KV}/a`)).text).toBe("true");
  expect((await call("DELETE", `${KV}/a`)).text).toBe("false");
  expect((await call("DELETE", KV, { keys: ["b", "absent"] })).json).toEqual({ keys: ["b"] });
  expect((await call("DELETE", KV, ["b"])).status).toBe(422);
});

test("the folders of a file go with it while nothing else is in them", async () => {
  const { call, runtime } = await setup();
  const root = "/company/team/_files";
  for (const path of ["a/b/c.txt", "a/d.txt"]) await runtime.storage.put("main", `${root}/${path}`, "x");
  expect((await call("DELETE", "/namespaces/company.team/files?path=/a/b/c.txt")).status).toBe(200);
  expect((await runtime.storage.list("main", `${root}/a`)).map(({ name }) => name)).toEqual(["d.txt"]);
  expect((await call("DELETE", "/namespaces/company.team/files?path=a/d.txt")).status).toBe(200);
  expect(await runtime.storage.list("main", root)).toEqual([]);
});

test("keys of the namespaces above are inherited, the nearest one wins", async () => {
  const { call } = await setup();
  for (const namespace of ["company", "company.team"])
    for (const key of ["shared", namespace.replaceAll(".", "-")])
      await call("PUT", `/namespaces/${namespace}/kv/${key}`, "1");
  const { json } = await call("GET", "/namespaces/company.team.project/kv/inheritance");
  expect((json as { namespace: string; key: string }[]).map(({ namespace, key }) => `${namespace}/${key}`)).toEqual([
    "company.team/company-team",
    "company.team/shared",
    "company/company",
  ]);
  expect((await call("GET", "/namespaces/company/kv/inheritance")).json).toEqual([]);
});

test.each(["..", "a/../../b", "%2e%2e/b", "a%2f..%2fb", "a\\b", "a\0b", "x".repeat(300), `${"x/".repeat(600)}x`])(
  "the path %.20s of a file is refused, whatever is asked for",
  async (path) => {
    const { call, runtime } = await setup();
    const form = { "content-type": "multipart/form-data; boundary=x" };
    const body = '--x\r\nContent-Disposition: form-data; name="fileContent"; filename="a"\r\n\r\na\r\n--x--\r\n';
    const query = `path=${encodeURIComponent(path)}`;
    expect((await call("POST", `/namespaces/company.team/files?${query}`, body, form)).status).toBe(422);
    expect((await call("POST", `/namespaces/company.team/files/directory?${query}`)).status).toBe(422);
    for (const route of ["", "/stats", "/directory"])
      expect((await call("GET", `/namespaces/company.team/files${route}?${query}`)).status).toBe(422);
    expect((await call("DELETE", `/namespaces/company.team/files?${query}`)).status).toBe(422);
    const moved = await call("PUT", `/namespaces/company.team/files?from=a&to=${encodeURIComponent(path)}`);
    expect([404, 422]).toContain(moved.status);
    expect(await runtime.storage.list("main", "/")).toEqual([]);
  },
);
