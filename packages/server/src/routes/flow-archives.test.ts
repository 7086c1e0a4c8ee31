import { expect, test } from "vitest";
import { buffer } from "node:stream/consumers";
import { readZip } from "../archive/read-zip.ts";
import { writeZip } from "../archive/write-zip.ts";
import { FLOW, setup } from "../testing/setup.ts";

const LIMITS = { archiveEntriesMax: 100, archiveContentBytesMax: 1_000_000 };
const flow = (id: string, namespace = "company.team") =>
  FLOW.replace("id: hello\nnamespace: company.team", `id: ${id}\nnamespace: ${namespace}`);

function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  return buffer(
    writeZip(Object.entries(files).map(([name, text]) => ({ name, modifiedAt: 0, content: async () => text }))),
  );
}

/** Sends one file of a form, and downloads bytes as they are. */
async function archives(options: Parameters<typeof setup>[0] = {}) {
  const bundle = await setup(options);
  const upload = async (path: string, part: string, fileName: string, content: Buffer | string) => {
    const head = `--x\r\nContent-Disposition: form-data; name="${part}"; filename="${fileName}"\r\n\r\n`;
    const payload = Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from("\r\n--x--\r\n")]);
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const reply = await bundle.server.inject({ method: "POST", url: `/api/v1/main${path}`, headers, payload });
    return { status: reply.statusCode, json: (reply.body === "" ? undefined : JSON.parse(reply.body)) as unknown };
  };
  const download = async (method: "GET" | "POST", path: string, payload?: object) => {
    const url = `/api/v1/main${path}`;
    const reply = await bundle.server.inject({ method, url, ...(payload !== undefined && { payload }) });
    return { status: reply.statusCode, bytes: reply.rawPayload, headers: reply.headers };
  };
  return { ...bundle, upload, download };
}

test("flows are exported and imported again", async () => {
  const { download, upload, runtime } = await archives();
  const byQuery = await download("GET", "/flows/export/by-query?namespace=company");
  expect([byQuery.status, byQuery.headers["content-disposition"]]).toEqual([200, expect.stringContaining("flows.zip")]);
  const [file] = readZip(byQuery.bytes, LIMITS);
  expect(file?.name).toBe("company.team.hello.yml");
  expect((await file!.content()).toString()).toBe(FLOW);
  const byIds = await download("POST", "/flows/export/by-ids", [{ namespace: "company.team", id: "hello" }]);
  expect(readZip(byIds.bytes, LIMITS)).toHaveLength(1);
  expect((await download("POST", "/flows/export/by-ids", [{ namespace: "a", id: "absent" }])).status).toBe(404);
  expect((await download("POST", "/flows/export/by-ids", { id: 1 })).status).toBe(422);
  expect((await download("GET", "/flows/export/by-query?filters[color][EQUALS]=red")).status).toBe(400);
  const key = { tenant: "main", namespace: "company.team", id: "hello" };
  await runtime.flows.delete(key);
  expect(await upload("/flows/import", "fileUpload", "flows.zip", byQuery.bytes)).toEqual({ status: 200, json: [] });
  expect(await runtime.store.flows.get(key)).toMatchObject({ source: FLOW, revision: 3 });
});

test("a file of many documents is imported, those that are refused are named", async () => {
  const { upload, memory } = await archives();
  const documents = [flow("one"), "id: broken\nnamespace: company.team\n", flow("two")].join("---\n");
  expect(await upload("/flows/import", "fileUpload", "a.yaml", documents)).toEqual({ status: 200, json: ["broken"] });
  expect([...memory.flows.keys()]).toEqual(["company.team.hello", "company.team.one", "company.team.two"]);
});

test("an import that must not fail stores nothing when one flow is refused", async () => {
  const { upload, memory } = await archives();
  const documents = [flow("one"), "id: broken\nnamespace: company.team\n"].join("---\n");
  const refused = await upload("/flows/import?failOnError=true", "fileUpload", "a.yaml", documents);
  expect([refused.status, refused.json]).toEqual([422, expect.objectContaining({ code: "flow-invalid" })]);
  expect([...memory.flows.keys()]).toEqual(["company.team.hello"]);
});

test("an import beyond a limit, of a broken archive or of nothing is refused", async () => {
  const zip = await zipOf({ "a.yml": flow("a"), "b.yml": flow("b") });
  const { upload, memory } = await archives({ limits: { archiveBytesMax: zip.length, archiveEntriesMax: 2 } });
  expect((await upload("/flows/import", "fileUpload", "a.zip", zip)).status).toBe(200);
  const larger = Buffer.concat([zip, Buffer.alloc(1)]);
  expect((await upload("/flows/import", "fileUpload", "a.zip", larger)).status).toBe(413);
  const three = await zipOf({ "1.yml": "", "2.yml": "", "3.yml": "" });
  expect((await upload("/flows/import", "fileUpload", "a.zip", three)).status).toBe(413);
  expect((await upload("/flows/import", "fileUpload", "a.zip", zip.subarray(0, 90))).status).toBe(422);
  expect((await upload("/flows/import", "other", "a.zip", zip)).status).toBe(422);
  expect(memory.flows.size).toBe(3);
});

test("a table of flows has a line for each", async () => {
  const { download } = await archives();
  const { bytes, headers } = await download("GET", "/flows/export/by-query/csv");
  expect(headers["content-type"]).toContain("text/csv");
  const [head, line] = bytes.toString().split("\r\n");
  expect(head).toBe("namespace,id,revision,description,disabled,labels,updated");
  expect(line).toMatch(/^company\.team,hello,1,,false,,2026-/);
});

test("a namespace is exported with its flows, and an archive is unpacked into one", async () => {
  const { download, upload, runtime, memory } = await archives();
  const files = "/namespaces/company.team/files";
  await runtime.storage.put("main", "/company/team/_files/scripts/a.py", "print(1)");
  const { bytes } = await download("GET", `${files}/export`);
  expect(readZip(bytes, LIMITS).map(({ name }) => name)).toEqual(["scripts/a.py", "_flows/company.team.hello.yml"]);
  const zip = await zipOf({ "x/b.txt": "b", "_flows/new.yml": flow("new") });
  expect((await upload(`${files}?path=/folder/up.zip`, "fileContent", "up.zip", zip)).status).toBe(200);
  expect((await download("GET", `${files}?path=/folder/x/b.txt`)).bytes.toString()).toBe("b");
  expect(memory.flows.has("company.team.new")).toBe(true);
});

test.each([
  ["a path that leads out", { "ok.txt": "a", "../out.txt": "b" }],
  ["an absolute path", { "ok.txt": "a", "/etc/passwd": "b" }],
  ["a flow of another namespace", { "ok.txt": "a", "_flows/f.yml": flow("f", "other.team") }],
  ["a flow that is refused", { "ok.txt": "a", "_flows/f.yml": "id: f\n" }],
])("an archive with %s is refused and leaves nothing", async (_what, content) => {
  const { upload, runtime, memory } = await archives();
  const { status } = await upload(
    "/namespaces/company.team/files?path=/",
    "fileContent",
    "a.zip",
    await zipOf(content),
  );
  expect(status).toBe(422);
  expect(await runtime.storage.list("main", "/company/team/_files")).toEqual([]);
  expect(memory.flows.size).toBe(1);
});
