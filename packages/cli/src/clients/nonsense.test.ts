import { allRoutes, type Route } from "@capstan/api";
import { expect, test } from "vitest";
import { z } from "zod";
import { wholeServer } from "../testing/whole-server.ts";

const LIMIT = 50_000;
const FLOW = `id: hello
namespace: company.team
tasks: [{ id: log, type: io.kestra.plugin.core.log.Log, message: hi }]
triggers: [{ id: daily, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 1 1 *" }]
`;

/** A whole instance that holds a flow, a file, a key-value and an execution that has ended. */
async function instance() {
  const limits = { bodyBytesMax: LIMIT, fieldBytesMax: LIMIT, uploadBytesMax: LIMIT };
  const { runtime, server } = await wholeServer({ limits });
  await runtime.flows.save("main", FLOW);
  await runtime.storage.put("main", "/company/team/_files/a.txt", "a");
  await runtime.services("main").keyValues.set("company.team", "key", "value");
  const { id } = await runtime.executions.create({ tenant: "main", namespace: "company.team", flowId: "hello" });
  const ended = await runtime.executions.ended("main", id);
  /** All that people have put in; an instance that only refuses leaves it as it is. */
  const content = async () => {
    const files: string[] = [];
    for await (const file of runtime.storage.walk("main", "/company/team/_files")) files.push(file.path);
    const page = { offset: 0, limit: 100 };
    const flows = await runtime.store.flows.search({ tenant: "main", includeDeleted: true }, page);
    const keys = await runtime.store.keyValues.search({ tenant: "main" }, 0, page);
    return { files, flows: flows.rows.map(({ id: flowId, revision }) => [flowId, revision]), keys: keys.rows };
  };
  const names: Readonly<Record<string, string>> = {
    namespace: "company.team",
    id: "hello",
    flowId: "hello",
    taskId: "log",
    executionId: id,
    taskRunId: ended!.taskRuns[0]!.id,
    triggerId: "daily",
    key: "key",
    cls: "io.kestra.plugin.core.log.Log",
    type: "flow",
  };
  return { server, content, names };
}

interface Nonsense {
  readonly url: string;
  readonly body?: string;
  readonly type?: string;
}

const ODD_NAMES = ["%00", "..%2F..%2Fetc", "%E0%A4%A", "%F0%9F%9A%80", "x".repeat(400), "__proto__", "%2e%2e", "*"];
const ODD_VALUES = ["-1", "1e9", "99999999999999999999", "x", "[]", "%00", "2026-13-01", "__proto__", "a:b", "../../x"];
const ODD_FILTERS = [
  "filters[__proto__][EQUALS]=a",
  "filters[state][__proto__]=a",
  "filters[]=a",
  "filters[namespace][REGEX]=(",
  "filters[startDate][EQUALS]=+275760-09-13T00:00:00.001Z",
  "filters[labels][EQUALS][__proto__]=a",
  "page=1e9",
  "size=0",
  "sort=__proto__:asc",
  "cursor=abc",
];
const ODD_TEXTS = [
  "\0",
  ":\n\t:",
  "a: &a [*a]",
  "[".repeat(9000),
  "id: [1]\nnamespace: {a: 1}",
  "!!js/function x",
  "---\n---",
];
const ODD_JSON = [
  "null",
  "[null]",
  "[{}]",
  '"x"',
  "{",
  "[".repeat(9000),
  '{"__proto__":{"a":1}}',
  '[{"id":"\\u0000"}]',
];
const FORM_TYPE = "multipart/form-data; boundary=x";
const part = (headers: string) => `--x\r\nContent-Disposition: form-data${headers}\r\n\r\n1\r\n--x--\r\n`;
const ODD_FORMS = [
  part(""),
  part('; name="__proto__"'),
  part('; name="a"\r\nContent-Type: application/json').replace("1", "{"),
  "--x",
];

/** Paths, queries and bodies that make no sense for a route. */
function nonsenseFor(route: Route, names: Readonly<Record<string, string>>): readonly Nonsense[] {
  const url = (odd: Readonly<Record<string, string>> = {}) =>
    `/api/v1/main${route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => odd[name] ?? names[name] ?? "x")}`;
  const parameters = Array.from(route.path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name);
  const found: Nonsense[] = parameters.flatMap((name) => ODD_NAMES.map((odd) => ({ url: url({ [name]: odd }) })));
  if (route.answerType === "text/event-stream") return found;
  const query = route.query instanceof z.ZodObject ? Object.keys(route.query.shape) : [];
  for (const name of query) for (const value of ODD_VALUES) found.push({ url: `${url()}?${name}=${value}` });
  if (query.includes("page")) for (const filter of ODD_FILTERS) found.push({ url: `${url()}?${encodeURI(filter)}` });
  if (route.method === "GET") return found;
  const bodies = { json: ODD_JSON, text: ODD_TEXTS, multipart: ["x"] }[route.body?.kind ?? "json"];
  for (const body of bodies) found.push({ url: url(), body }, { url: url(), body, type: "application/x-yaml" });
  for (const body of ODD_FORMS)
    found.push({ url: url(), body, type: FORM_TYPE }, { url: url(), body, type: "multipart/" });
  found.push({ url: url(), body: "x".repeat(LIMIT + 1), type: "text/plain" });
  return found;
}

test(
  "nonsense is refused with a code and a remedy by every route, and leaves nothing behind",
  { timeout: 240_000 },
  async () => {
    const { server, content, names } = await instance();
    let refused = 0;
    let before = await content();
    for (const [name, route] of Object.entries(allRoutes)) {
      // What these are asked for with valid names is no nonsense.
      if (name === "deleteFlow" || name === "deleteExecution") continue;
      for (const { url, body, type } of nonsenseFor(route, names)) {
        const headers = type === undefined ? {} : { "content-type": type };
        const payload = body === undefined ? {} : { payload: body };
        const reply = await server.inject({ method: route.method, url, headers, ...payload });
        const asked = `${name}: ${route.method} ${url.slice(0, 150)} ${body?.slice(0, 40)} ${type}`;
        expect(reply.statusCode, asked).toBeLessThan(500);
        const after = route.method === "GET" ? before : await content();
        if (reply.statusCode >= 400) {
          refused += 1;
          const told = { code: expect.stringMatching(/^[a-z-]+$/), message: expect.stringMatching(/.{8}/) };
          expect(JSON.parse(reply.body), asked).toMatchObject(told);
          expect(after, asked).toEqual(before);
        }
        before = after;
      }
    }
    expect(refused).toBeGreaterThan(2000);
  },
);
