import { createServer, type IncomingMessage, request, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { createForwarder } from "./forwarder.ts";
import { createGate, type Leader } from "./gate.ts";
import { HOLD_MS_MAX } from "./held-requests.ts";

async function listening(handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server behind a gate, which says its name and what it was asked. */
async function member(name: string, first: Leader) {
  const heard: IncomingMessage[] = [];
  const answer: RequestListener = (asked, response) => {
    heard.push(asked);
    let text = "";
    asked.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    asked.on("end", () => {
      response.writeHead(201, { "x-answered-by": name });
      response.end(`${name} ${asked.method} ${asked.url} ${text}`);
    });
  };
  const gate = createGate({ answer, loadForwarder: createForwarder, failed: () => undefined }, first);
  const arrived: IncomingMessage[] = [];
  const address = await listening((asked, response) => {
    arrived.push(asked);
    gate.handle(asked, response);
  });
  onTestFinished(() => gate.close());
  return { gate, address, arrived, heard };
}

const UNUSED = "http://127.0.0.1:9";

async function ask(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test("a request goes to the one that leads, whoever is asked", async () => {
  const leading = await member("first", "this");
  const other = await member("second", { address: leading.address });
  const body = "x".repeat(300_000);
  const path = "/api/v1/main/flows?q=a%20b&q=%E2%82%AC";
  const { status, headers, text } = await ask(`${other.address}${path}`, { method: "POST", body });
  expect({ status, by: headers.get("x-answered-by"), text }).toEqual({
    status: 201,
    by: "first",
    text: `first POST ${path} ${body}`,
  });
  expect(other.heard).toEqual([]);
});

test("who leads is told who asked and for which host", async () => {
  const leading = await member("first", "this");
  const other = await member("second", { address: leading.address });
  await new Promise((resolve, reject) => {
    const headers = { host: "flows.example.org", "x-forwarded-for": "10.1.2.3" };
    request(other.address, { headers }, (response) => response.resume().on("end", resolve))
      .on("error", reject)
      .end();
  });
  const [{ headers }] = leading.heard as [IncomingMessage];
  expect(headers).toMatchObject({
    host: "flows.example.org",
    "x-forwarded-for": "10.1.2.3, 127.0.0.1",
    via: "1.1 capstan",
  });
});

test("what can't be passed on is refused like anything else", async () => {
  const leading = await member("first", "this");
  const other = await member("second", { address: leading.address });
  const { status, text } = await ask(`${other.address}/%zz`);
  expect({ status, ...(JSON.parse(text) as object) }).toMatchObject({ status: 400, code: "request-invalid" });
  expect((await ask(`${other.address}/a%2Fb?q=%2F&&`)).text).toBe("first GET /a%2Fb?q=%2F&& ");
});

test("requests wait while nobody leads, and go to whoever does then", async () => {
  const leading = await member("first", "this");
  const other = await member("second", "nobody");
  const early = [ask(other.address), ask(other.address, { method: "PUT", body: "kept" })];
  other.gate.follow("nobody");
  other.gate.follow({ address: leading.address });
  expect((await Promise.all(early)).map(({ text }) => text)).toEqual(["first GET / ", "first PUT / kept"]);
  const later = await member("third", "nobody");
  const answer = ask(later.address);
  later.gate.follow("this");
  expect((await answer).text).toBe("third GET / ");
});

test("one that was passed on to a server that is leaving comes back to who leads then", async () => {
  const leaving = await member("first", "nobody");
  const other = await member("second", { address: leaving.address });
  const answer = ask(other.address, { method: "POST", body: "kept" });
  await expect.poll(() => leaving.arrived.length, { timeout: 30_000 }).toBe(1);
  other.gate.follow("this");
  leaving.gate.follow({ address: other.address });
  expect((await answer).text).toBe("second POST / kept");
});

test("a request does not wander between servers that take each other for the one that leads", async () => {
  const first = await member("first", { address: UNUSED });
  const second = await member("second", { address: first.address });
  first.gate.follow({ address: second.address });
  const answer = ask(first.address);
  await expect.poll(() => first.arrived.length, { timeout: 30_000 }).toBe(2);
  first.gate.follow("this");
  expect((await answer).text).toBe("first GET / ");
  expect(second.arrived).toHaveLength(1);
});

test("a probe tells of this server: whether it is there, and whether somebody takes what it is asked", async () => {
  const { gate, address } = await member("second", "nobody");
  const probes = async () => [
    (await ask(`${address}/health/liveness`)).status,
    (await ask(`${address}/health`)).status,
    (await ask(`${address}/health/readiness`)).status,
  ];
  expect(await probes()).toEqual([200, 503, 503]);
  gate.follow({ address: UNUSED });
  expect(await probes()).toEqual([200, 200, 200]);
});

test("who does not answer is asked again a little later", async () => {
  const { gate, address } = await member("second", { address: UNUSED });
  const refused = await ask(address, { method: "POST", body: "lost" });
  expect({ status: refused.status, again: refused.headers.get("retry-after") }).toEqual({ status: 503, again: "1" });
  expect(JSON.parse(refused.text)).toMatchObject({ code: "leader-absent" });
  const waiting = ask(address);
  const leading = await member("first", "this");
  gate.follow({ address: leading.address });
  expect((await waiting).text).toBe("first GET / ");
});

test("a caller hears that the one that took the request is gone", async () => {
  const dying = await listening((asked) => asked.socket.destroy());
  const { address } = await member("second", { address: dying });
  const { status, text } = await ask(address, { method: "POST", body: "lost" });
  expect(status).toBe(503);
  expect(JSON.parse(text)).toMatchObject({ code: "leader-lost" });
});

test("what a server was asked that is lost is answered at once, and what one that leaves was asked, by that one", async () => {
  const goOn = Promise.withResolvers<void>();
  const asked: string[] = [];
  const slow = await listening(async ({ url = "" }, response) => {
    asked.push(url);
    await goOn.promise;
    response.end("late");
  });
  const { address, gate } = await member("second", { address: slow });
  const early = ask(`${address}/early`);
  await expect.poll(() => asked, { timeout: 30_000 }).toEqual(["/early"]);
  gate.follow("nobody", { isLost: true });
  expect(JSON.parse((await early).text)).toMatchObject({ code: "leader-lost" });
  gate.follow({ address: slow });
  const late = ask(`${address}/late`);
  await expect.poll(() => asked, { timeout: 30_000 }).toEqual(["/early", "/late"]);
  gate.follow("nobody");
  goOn.resolve();
  expect((await late).text).toBe("late");
});

test("what streams is passed on as it comes, and a caller who hangs up ends it", async () => {
  const gone = Promise.withResolvers<void>();
  const streaming = await listening((_asked, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
    response.on("close", gone.resolve);
  });
  const { address } = await member("second", { address: streaming });
  const hangUp = new AbortController();
  const response = await fetch(address, { signal: hangUp.signal });
  const reader = response.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("data: 1\n\n");
  hangUp.abort();
  await gone.promise;
});

test.each(["text/event-stream; charset=utf-8", "application/x-ndjson"])(
  "a server that closes ends what it passes on as %s",
  async (type) => {
    const streaming = await listening((_asked, response) => {
      response.writeHead(200, { "content-type": type });
      response.write("data: 1\n\n");
    });
    const { address, gate } = await member("second", { address: streaming });
    const response = await fetch(address);
    const closed = gate.close();
    expect(await response.text()).toBe("data: 1\n\n");
    await closed;
  },
);

test("who leads no more may answer for longer than it may hold what it was asked", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const closed: string[] = [];
  const loadForwarder = async (former: string) => ({
    forward: () => undefined,
    endStreams: () => undefined,
    close: async () => void closed.push(former),
  });
  const gate = createGate({ answer: () => undefined, loadForwarder, failed: () => undefined }, { address: UNUSED });
  gate.handle({ headers: {} } as IncomingMessage, { once: () => undefined } as never);
  gate.follow("nobody");
  await vi.advanceTimersByTimeAsync(HOLD_MS_MAX + 1_000);
  expect(closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(closed).toEqual([UNUSED]);
});

test("a stream that begins while the server closes is ended as well", async () => {
  const begin = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const streaming = await listening(async (_asked, response) => {
    asked.resolve();
    await begin.promise;
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write("{}\n");
  });
  const { address, gate } = await member("second", { address: streaming });
  const early = fetch(address);
  await asked.promise;
  const closed = gate.close();
  begin.resolve();
  await expect((await early).text()).resolves.toBeTypeOf("string"); // It is not cut off.
  await closed;
  const late = await fetch(address);
  expect(late.headers.get("connection")).toBe("close");
  await expect(late.text()).resolves.toBeTypeOf("string");
});

test("a server that hands over lets end what it answers, and refuses what waits when it closes", async () => {
  const goOn = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const answer: RequestListener = async (_asked, response) => {
    asked.resolve();
    await goOn.promise;
    response.end("done");
  };
  const gate = createGate({ answer, loadForwarder: createForwarder, failed: () => undefined }, "this");
  const address = await listening(gate.handle);
  const first = ask(address);
  await asked.promise;
  gate.follow("nobody");
  await gate.drained(1);
  const drained = gate.drained(60_000);
  goOn.resolve();
  await drained;
  expect((await first).text).toBe("done");
  const waiting = ask(address);
  const refusal = async () => {
    await gate.close();
    return Promise.race([waiting, Promise.resolve(undefined)]);
  };
  await expect.poll(refusal, { timeout: 30_000 }).toMatchObject({ status: 503 });
});
