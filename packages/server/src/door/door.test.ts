import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { setup } from "../testing/setup.ts";
import { sendRaw } from "../testing/raw-request.ts";

const HOOK = "/api/v1/main/executions/webhook/company.team/hello/secret-key";

interface Call {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What an answer says, without what differs between two calls and between a socket and none. */
interface Said {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const OF_THE_CONNECTION = new Set(["connection", "keep-alive", "date", "content-length", "transfer-encoding"]);

function said(status: number | undefined, headers: Readonly<Record<string, unknown>>, text: string): Said {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  return {
    status,
    headers: Object.fromEntries(kept),
    text: text
      .replaceAll(/"(?:id|originalId|executionId)":"[^"]+"/g, '"id":"…"')
      .replaceAll(/"(?:host|user-agent|connection|content-length|transfer-encoding)":\["[^"]*"\],?/g, "")
      .replaceAll(",}", "}"),
  };
}

/** A server whose door is asked by a socket, and whose API is asked alone. */
async function both(options: Parameters<typeof setup>[0] = {}) {
  const bundle = await setup(options);
  const { url: base } = await bundle.server.listen();
  onTestFinished(() => bundle.server.close());
  const atTheDoor = ({ method, url, headers = {}, body }: Call) =>
    new Promise<Said>((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const sent = request(`${base}${url}`, { method, headers: { ...length, ...headers } }, (reply) => {
        let text = "";
        reply.setEncoding("utf8");
        reply.on("data", (chunk: string) => (text += chunk));
        reply.on("end", () => resolve(said(reply.statusCode, reply.headers, text)));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const atTheApi = async ({ method, url, headers, body }: Call) => {
    const reply = await bundle.server.inject({
      method,
      url,
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && { payload: body }),
    });
    return said(reply.statusCode, reply.headers, reply.body);
  };
  return { ...bundle, base, atTheDoor, atTheApi };
}

test.each<[string, Call]>([
  ["a probe", { method: "GET", url: "/health" }],
  ["a probe whether it is ready", { method: "GET", url: "/health/readiness" }],
  ["a probe whether it is alive", { method: "GET", url: "/health/liveness" }],
  ["a probe of something else", { method: "GET", url: "/health/other" }],
  ["a ping", { method: "GET", url: "/ping" }],
  ["a probe with HEAD", { method: "HEAD", url: "/health" }],
  ["a call with a body", { method: "POST", url: HOOK, body: '{"a":1}', headers: { "x-from": "me" } }],
  ["a call with a header twice over", { method: "PUT", url: HOOK, body: "x", headers: { Cookie: "a=1; b=2" } }],
  ["a call without a tenant", { method: "POST", url: HOOK.replace("/main", ""), body: "plain text" }],
  ["a call without a body", { method: "GET", url: HOOK }],
  ["a call with an empty body", { method: "POST", url: HOOK, body: "" }],
  ["a call with words beyond ASCII", { method: "POST", url: HOOK, body: "größer ≥ 日本 🚀" }],
  ["a call with an empty key", { method: "POST", url: HOOK, body: "1", headers: { "Idempotency-Key": "" } }],
  ["a call with parameters", { method: "POST", url: `${HOOK}?x=1&x=2&y=%20`, body: "1" }],
  ["a call with a longer path", { method: "POST", url: `${HOOK}/more`, body: "1" }],
  ["a call whose key is encoded", { method: "POST", url: HOOK.replace("-", "%2D"), body: "1" }],
  ["a wrong key", { method: "POST", url: `${HOOK}x`, body: "1" }],
  ["a key in another case", { method: "POST", url: HOOK.replace("secret", "Secret"), body: "1" }],
  ["an absent flow", { method: "POST", url: HOOK.replace("hello", "absent"), body: "1" }],
  ["another tenant", { method: "POST", url: HOOK.replace("main", "other"), body: "1" }],
  ["a method webhooks have not", { method: "DELETE", url: HOOK }],
  ["HEAD", { method: "HEAD", url: HOOK }],
  ["a compressed body", { method: "POST", url: HOOK, body: "1", headers: { "content-encoding": "gzip" } }],
  [
    "a form",
    { method: "POST", url: HOOK, body: "--x--", headers: { "content-type": "multipart/form-data; boundary=x" } },
  ],
  ["an odd media type", { method: "POST", url: HOOK, body: "1", headers: { "content-type": "nonsense" } }],
  ["a body at the limit", { method: "POST", url: HOOK, body: "x".repeat(100) }],
  ["a body beyond the limit", { method: "POST", url: HOOK, body: "x".repeat(101) }],
  ["a page of another origin", { method: "POST", url: HOOK, body: "1", headers: { origin: "https://evil.example" } }],
  ["a key of the largest length", { method: "POST", url: HOOK.replace("secret-key", "k".repeat(512)) }],
  ["a key beyond the largest length", { method: "POST", url: HOOK.replace("secret-key", "k".repeat(513)) }],
])("%s is answered at the door as by the API", async (_what, call) => {
  const { atTheDoor, atTheApi, memory } = await both({ limits: { webhookBodyBytesMax: 100 } });
  const door = await atTheDoor(call);
  const startedAtTheDoor = memory.executions.size;
  const api = await atTheApi(call);
  expect(door).toEqual(api);
  expect(memory.executions.size).toBe(2 * startedAtTheDoor);
});

test("a call with an idempotency key is the same one at the door and at the API", async () => {
  const { atTheDoor, atTheApi, memory, server } = await both();
  const call = (key: string): Call => ({ method: "POST", url: HOOK, body: "1", headers: { "Idempotency-Key": key } });
  const replayed = ({ status, headers }: Said) => [status, headers["idempotent-replayed"]];
  const first = await atTheDoor(call("a"));
  expect(replayed(first)).toEqual([200, undefined]);
  const again = await atTheDoor(call("a"));
  expect([replayed(again), again.text]).toEqual([[200, "true"], first.text]);
  expect(server.isApiLoaded).toBe(false);
  expect(await atTheApi(call("a"))).toEqual(again);
  expect(replayed(await atTheApi(call("b")))).toEqual([200, undefined]);
  expect(replayed(await atTheDoor(call("b")))).toEqual([200, "true"]);
  expect(memory.executions.size).toBe(2);
  const other = await atTheDoor({ ...call("a"), body: "2" });
  expect([other.status, other.text]).toEqual([422, expect.stringContaining("idempotency-key-reused")]);
});

test("what fails without a reason for the caller is told to the log alone", async () => {
  const { atTheDoor, runtime } = await both();
  Object.assign(runtime.triggers, { webhook: () => Promise.reject(new Error("password=hunter2")) });
  const { status, text } = await atTheDoor({ method: "POST", url: HOOK });
  expect(status).toBe(500);
  expect(text).toContain("its log tells why under request door-1");
  expect(text).not.toContain("hunter2");
});

test("a probe is answered, and a webhook is called, while the API is not loaded", async () => {
  const { atTheDoor, server } = await both();
  const probe = await atTheDoor({ method: "GET", url: "/health" });
  expect(probe).toMatchObject({ status: 200, text: '{"status":"UP"}' });
  expect((await atTheDoor({ method: "POST", url: HOOK, body: "1" })).status).toBe(200);
  expect(server.isApiLoaded).toBe(false);
  expect((await atTheDoor({ method: "GET", url: "/api/v1/main/flows/company.team/hello" })).status).toBe(200);
  expect(server.isApiLoaded).toBe(true);
});

test("a caller who hangs up within the body starts nothing", async () => {
  const { base, memory, atTheDoor } = await both();
  const head = `POST ${HOOK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n`;
  await sendRaw(base, `${head}half`, { hangUp: true });
  expect((await atTheDoor({ method: "GET", url: "/ping" })).status).toBe(200);
  expect(memory.executions.size).toBe(0);
});

test("a server that closes lets a call end, and ends the connection behind it", async () => {
  const { base, server, runtime } = await both();
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const webhook = runtime.triggers.webhook.bind(runtime.triggers);
  const waiting: typeof webhook = async (call) => {
    asked.resolve();
    await goOn.promise;
    return webhook(call);
  };
  Object.assign(runtime.triggers, { webhook: waiting });
  const answer = fetch(`${base}${HOOK}`, { method: "POST", body: "1" });
  await asked.promise;
  const closed = server.close();
  goOn.resolve();
  expect((await answer).status).toBe(200);
  await closed;
  await expect(fetch(`${base}/ping`)).rejects.toThrow("fetch failed");
});

test("localhost is every address that the name has", async () => {
  const { server } = await setup({ host: "localhost" });
  const { url } = await server.listen();
  onTestFinished(() => server.close());
  const { port } = new URL(url);
  expect((await fetch(`http://127.0.0.1:${port}/ping`)).status).toBe(200);
  expect((await fetch(`http://localhost:${port}/ping`)).status).toBe(200);
});

test("a header may have any name", async () => {
  const { atTheDoor } = await both();
  const headers = { ["__proto__"]: "a", constructor: "b", "X-From": "me" };
  const { status, text } = await atTheDoor({ method: "POST", url: HOOK, body: "{}", headers });
  expect(status).toBe(200);
  const { trigger } = JSON.parse(text) as { trigger: { variables: { headers: Record<string, string[]> } } };
  const shown = Object.entries(trigger.variables.headers);
  expect(shown).toEqual(
    expect.arrayContaining([
      ["__proto__", ["a"]],
      ["constructor", ["b"]],
      ["x-from", ["me"]],
    ]),
  );
});
