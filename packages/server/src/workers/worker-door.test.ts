import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { LINE_PATH, POST_BYTES_MAX } from "@capstan/runtime";
import { createHttpStorage } from "@capstan/storage/http";
import pino from "pino";
import { expect, onTestFinished, test } from "vitest";
import { CAPACITY_MAX } from "./read-hello.ts";
import { OTHER_TOKEN, startWorkerServer, TOKEN } from "./testing/worker-server.ts";

type Lines = Parameters<typeof startWorkerServer>[0];

const HELLO = { id: "w", name: "w", groups: [], version: "1", host: "h", capacity: 1, received: 0, jobs: [] };

async function setup(lines: Lines = {}, options: Parameters<typeof startWorkerServer>[1] = {}) {
  const world = await startWorkerServer(lines, options);
  onTestFinished(world.close);
  const post = (path: string, body: unknown, token?: string, headers: Record<string, string> = {}) =>
    fetch(`${world.url}${path}`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    });
  const refusal = async (answering: Promise<Response>) => {
    const answer = await answering;
    return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
  };
  return { ...world, post, refusal };
}

test.each([
  ["no token", undefined],
  ["a wrong token", `${TOKEN}x`],
  ["a part of a token", TOKEN.slice(1)],
])("%s opens nothing", async (_what, token) => {
  const { post, refusal } = await setup();
  for (const path of [LINE_PATH, `${LINE_PATH}/s`, "/api/v1/workers/files/read?tenant=main&path=/a"])
    expect(await refusal(post(path, HELLO, token))).toBe("401 worker-unauthenticated");
});

test("a server that shares the database takes jobs of the default group, by a token of which only the fingerprint is known", async () => {
  let connected: unknown;
  const own = "ab".repeat(32);
  const fingerprint = createHash("sha256").update(own).digest("hex");
  const { post, refusal } = await setup(
    {
      connect: ({ groups, token, isMember }, sink) => {
        connected = { groups, token, isMember };
        setImmediate(() => sink.end());
        return { session: "s", isResumed: false, received: 0, lostAfterMs: 1 };
      },
    },
    { isMember: (shown) => shown === fingerprint },
  );
  expect((await post(LINE_PATH, HELLO, own)).status).toBe(200);
  expect(connected).toEqual({ groups: [], token: "member", isMember: true });
  expect(await refusal(post(LINE_PATH, { ...HELLO, groups: ["gpu"] }, own))).toBe("403 worker-group-forbidden");
  expect(await refusal(post(LINE_PATH, HELLO, fingerprint))).toBe("401 worker-unauthenticated");
});

test("the token of a worker opens nothing but its lines and files", async () => {
  const { url } = await setup({}, { authentication: { tokens: ["another-token-of-callers"] } });
  const answer = await fetch(`${url}/api/v1/main/flows/search`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(answer.status).toBe(401);
});

test.each([
  ["none are all of the token", [], TOKEN, ["gpu", "eu"]],
  ["some of the token", ["eu"], TOKEN, ["eu"]],
  ["none of a token without any are the default group", [], OTHER_TOKEN, []],
])("groups of a worker: %s", async (_what, groups, token, expected) => {
  let connected: unknown;
  const { post } = await setup({
    connect: ({ groups: given, token: name }, sink) => {
      connected = { given, name };
      setImmediate(() => sink.end());
      return { session: "s", isResumed: false, received: 0, lostAfterMs: 1 };
    },
  });
  const answer = await post(LINE_PATH, { ...HELLO, groups }, token);
  expect(JSON.parse(await answer.text())).toMatchObject({ session: "s" });
  expect(connected).toEqual({ given: expected, name: token === TOKEN ? "gpus" : "others" });
});

test.each([
  ["a group of another token", { ...HELLO, groups: ["tpu"] }, "403 worker-group-forbidden"],
  ["no JSON", "hello", "422 body-invalid"],
  ["no map", "null", "422 body-invalid"],
  ["no name", { ...HELLO, name: "" }, "422 body-invalid"],
  ["a name that is too long", { ...HELLO, name: "x".repeat(201) }, "422 body-invalid"],
  ["no room", { ...HELLO, capacity: 0 }, "422 body-invalid"],
  ["too much room", { ...HELLO, capacity: CAPACITY_MAX + 1 }, "422 body-invalid"],
  ["jobs that are no list", { ...HELLO, jobs: "a" }, "422 body-invalid"],
])("a worker that introduces itself with %s is refused", async (_what, hello, expected) => {
  const { post, refusal } = await setup();
  expect(await refusal(post(LINE_PATH, hello, TOKEN))).toBe(expected);
});

test("what is no line of JSON is refused", async () => {
  const { post, refusal } = await setup({ receive: (_session, _token, said) => JSON.parse(said) as number });
  expect(await refusal(post(`${LINE_PATH}/s`, "{", TOKEN))).toBe("422 body-invalid");
});

test("a worker that pretends to be another is refused", async () => {
  const { post, refusal } = await setup({ connect: () => undefined });
  expect(await refusal(post(LINE_PATH, HELLO, TOKEN))).toBe("401 worker-unauthenticated");
});

test("what a worker says is taken up to a limit, and a session that is over is told so", async () => {
  const taken: number[] = [];
  const { post, refusal } = await setup({
    receive: (session, token, said) => {
      taken.push(said.length);
      return session === "s" && token === "gpus" ? 7 : undefined;
    },
  });
  expect(await (await post(`${LINE_PATH}/s`, "{}\n", TOKEN)).json()).toEqual({ received: 7 });
  expect(await refusal(post(`${LINE_PATH}/over`, "", TOKEN))).toBe("409 worker-unknown");
  expect((await post(`${LINE_PATH}/s`, " ".repeat(POST_BYTES_MAX), TOKEN)).status).toBe(200);
  const tooMuch = await post(`${LINE_PATH}/s`, " ".repeat(POST_BYTES_MAX + 1), TOKEN).catch(() => undefined);
  // The answer may be lost with the connection that is closed.
  expect([413, undefined]).toContain(tooMuch?.status);
  expect(taken).toEqual([3, 0, POST_BYTES_MAX]);
});

test("a line that is cut is told, and a server that leaves ends its lines", async () => {
  const cut: string[] = [];
  const { post, server } = await setup({ disconnected: (id) => void cut.push(id) });
  const line = await post(LINE_PATH, HELLO, TOKEN);
  expect(line.headers.get("content-type")).toBe("application/x-ndjson");
  await server.drained(0);
  expect(await line.text()).toContain('"session":"s"');
  while (cut.length === 0) await sleep(1);
  expect(cut).toEqual(["w"]);
});

test("a line that is opened while the server leaves is ended as well", async () => {
  const { post, server } = await setup();
  await server.drained(0);
  expect(await (await post(LINE_PATH, HELLO, TOKEN)).text()).toContain('"session":"s"');
});

test.each([
  ["GET", "/api/v1/workers/line", "405 method-not-allowed"],
  ["POST", "/api/v1/workers/nothing", "404 route-not-found"],
  ["POST", "/api/v1/workers/files/format?tenant=main", "404 route-not-found"],
])("%s %s is refused", async (method, path, expected) => {
  const { url, refusal } = await setup();
  expect(await refusal(fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` } }))).toBe(
    expected,
  );
});

test("files of a tenant are for workers that have a job of it", async () => {
  const asked: unknown[] = [];
  const { url, storage: files } = await setup({
    mayUse: (...given) => {
      asked.push(given);
      return given[2] === "main";
    },
  });
  const storage = createHttpStorage({ server: url, token: TOKEN, workerId: "w" });
  await storage.start();
  await files.put("other", "/secret", "x");
  await expect(storage.read("other", "/secret")).rejects.toMatchObject({ code: "storage-denied" });
  expect(await storage.stat("main", "/secret")).toBeUndefined();
  expect(asked).toEqual([
    ["w", "gpus", "other"],
    ["w", "gpus", "main"],
  ]);
});

test("files are asked for again until the server knows the worker, and what is stored is sent whole each time", async () => {
  let asked = 0;
  const { url, storage: files } = await setup({ mayUse: () => ((asked += 1) < 3 ? undefined : true) });
  const storage = createHttpStorage({ server: url, token: TOKEN, workerId: "w" });
  await storage.start();
  const large = Buffer.alloc(3_000_000, "x");
  await storage.put("main", "/a", Readable.from([large.subarray(0, 1_000_000), large.subarray(1_000_000)]));
  expect((await text(await files.read("main", "/a"))).length).toBe(large.length);
  expect(asked).toBe(3);
});

test("a server that stays away is told of as such", async () => {
  const { url, close } = await startWorkerServer({});
  await close();
  const storage = createHttpStorage({ server: url, token: TOKEN, workerId: "w", patienceMs: 100 });
  await storage.start();
  await expect(storage.stat("main", "/a")).rejects.toMatchObject({ code: "storage-unreachable" });
});

test("no token is said in the log", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line) => void lines.push(line) });
  const { post } = await setup(
    {
      connect: () => {
        throw new Error("broken");
      },
    },
    { logger },
  );
  await post(LINE_PATH, HELLO, TOKEN).catch(() => undefined);
  await post(LINE_PATH, HELLO, "a-token-that-is-wrong-here");
  expect(lines.join("")).not.toMatch(new RegExp(`${TOKEN}|a-token-that-is-wrong-here`));
});
