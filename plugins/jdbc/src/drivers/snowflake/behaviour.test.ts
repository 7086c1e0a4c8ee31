import { generateKeyPairSync } from "node:crypto";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { linesOf } from "../../testing/driver-world.ts";
import { heapGrowth } from "../../testing/heap-growth.ts";
import { PASSWORD, type SnowflakeServer, startSnowflake, USER } from "../../testing/snowflake-server.ts";
import { ENDLESS, SLOW } from "../../testing/snowflake-statements.ts";
import { taskOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";

async function start(...parameters: Parameters<typeof startSnowflake>): Promise<SnowflakeServer> {
  const server = await startSnowflake(...parameters);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function run(place: JsonMap, properties: JsonMap, kind = "Query", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  return await world.run(taskOf(`snowflake.${kind}`), { ...place, fetchType: "FETCH", ...properties });
}

const MANY = "SELECT range AS i FROM range(20000) ORDER BY range";

test("a session ends with its task, whether it went well or not", async () => {
  const server = await start();
  expect((await run(server.place, { sql: "SELECT 1" })).state).toBe("SUCCESS");
  expect((await run(server.place, { sql: "SELECT * FROM nowhere" })).state).toBe("FAILED");
  expect(server.openSessions()).toBe(0);
  expect(server.received.filter(({ url }) => url.startsWith("/session?delete=true"))).toHaveLength(2);
});

test("a refusal tells its number and the query", async () => {
  const server = await start();
  const { message } = await run(server.place, { sql: "SELECT * FROM nowhere" });
  expect(message).toMatch(/^The database refuses it: .*nowhere.* \(code 002003, query [\da-f-]{36}\)$/s);
});

test.each([{ password: "not-this-one" }, { username: "nobody" }])("%j does not come in", async (who) => {
  const server = await start();
  const { message } = await run(server.place, { sql: "SELECT 1", ...who });
  expect(message).toBe(
    "The server lets nobody in: Incorrect username or password was specified. (code 390100) Check who connects.",
  );
});

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKey = keys.publicKey.export({ format: "pem", type: "spki" });
const plain = keys.privateKey.export({ format: "pem", type: "pkcs8" });
const encryption = { cipher: "aes-256-cbc", passphrase: "s3cret" };
const encrypted = keys.privateKey.export({ format: "pem", type: "pkcs8", ...encryption });
const bare = (pem: string) => pem.replaceAll(/-----[^-]+-----/gu, "");

test.each([
  ["PEM", { privateKey: plain }],
  ["without its first and last line", { privateKey: bare(plain) }],
  ["in one line", { privateKey: bare(plain).replaceAll("\n", "") }],
  ["encrypted", { privateKey: encrypted, privateKeyPassword: "s3cret" }],
  ["encrypted, without its first and last line", { privateKey: bare(encrypted), privateKeyPassword: "s3cret" }],
])("a key lets somebody in: %s", async (_name, properties) => {
  const server = await start({ robot: { publicKey } });
  const outcome = await run(server.place, { username: "robot", sql: "SELECT 1 AS a", ...properties });
  expect(outcome).toMatchObject({ message: undefined, outputs: { rows: [{ a: 1 }] } });
  expect(server.received[0]!.body).not.toContain("PASSWORD");
});

test.each([
  [{ privateKey: "c2VjcmV0" }, "`privateKey` can't be read: it is no PKCS#8 key in PEM"],
  [{ privateKey: encrypted }, "`privateKey` can't be read: it is encrypted: give `privateKeyPassword`."],
  [{ privateKey: encrypted, privateKeyPassword: "other" }, "or `privateKeyPassword` is another one."],
])("the key of %# is refused without showing it", async (properties, reason) => {
  const server = await start();
  const { message } = await run(server.place, { sql: "SELECT 1", ...properties });
  expect(message).toContain(reason);
  expect(message).not.toContain(properties.privateKey.slice(-20));
  expect(server.received).toEqual([]);
});

test("a key that another user has does not let in", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "pem", type: "spki" });
  const server = await start({ robot: { publicKey: other } });
  const { message } = await run(server.place, { username: "robot", privateKey: plain, sql: "SELECT 1" });
  expect(message).toMatch(/^The server lets nobody in: /);
});

test("a session whose time is over is renewed, and the statement runs", async () => {
  const server = await start();
  server.expireTokens();
  expect(await run(server.place, { sql: SLOW })).toMatchObject({ message: undefined, outputs: { size: 1 } });
  expect(server.received.some(({ url }) => url.startsWith("/session/token-request"))).toBe(true);
  expect(server.openSessions()).toBe(0);
});

test("a statement that is killed is ended on the server, and so is its session", async () => {
  const server = await start();
  const kill = new AbortController();
  const outcome = run(server.place, { sql: ENDLESS }, "Query", { signal: kill.signal });
  await until(async () => server.received.some(({ body }) => body.includes("SYSTEM$WAIT")));
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  const asked = server.received.find(({ body }) => body.includes("SYSTEM$WAIT"))!;
  const requestId = new URL(asked.url, "http://server").searchParams.get("requestId");
  await until(async () => server.aborted().length === 1);
  expect(server.aborted()).toEqual([requestId]);
  expect(server.openSessions()).toBe(0);
});

test("files of rows that do not come at once are asked for again", async () => {
  const server = await start();
  server.failFiles(503, 500);
  const outcome = await run(server.place, { sql: MANY, fetchType: "STORE" });
  expect(outcome).toMatchObject({ message: undefined, outputs: { size: 20_000 } });
});

test("files whose addresses hold no longer are named anew", async () => {
  const server = await start();
  server.failFiles(403);
  const outcome = await run(server.place, { sql: MANY, fetchType: "STORE" });
  expect(outcome).toMatchObject({ message: undefined, outputs: { size: 20_000 } });
  expect(server.received.filter(({ url }) => /^\/queries\/[\da-f-]{36}\/result/u.test(url))).toHaveLength(1);
});

test.each([
  [[403, 403], "a file of rows was answered with 403."],
  [[404], "a file of rows was answered with 404."],
  [[503, 503, 503, 503], "a file of rows was answered with 503."],
])("files that never come, with %j, fail the task", async (statuses, reason) => {
  const server = await start();
  server.failFiles(...statuses);
  const { message } = await run(server.place, { sql: MANY, fetchType: "STORE" });
  expect(message).toBe(`The connection to the database is lost: ${reason}`);
});

test("all rows of files come in their order", async () => {
  const server = await start();
  await using world = createTestWorld();
  const { outputs } = await world.run(taskOf("snowflake.Query"), { ...server.place, sql: MANY, fetchType: "STORE" });
  const lines = (await linesOf(world, outputs!["uri"])) as readonly { readonly i: number }[];
  expect(lines.map(({ i }) => i)).toEqual(Array.from({ length: 20_000 }, (_item, index) => index));
  expect(server.received.filter(({ url }) => url.startsWith("/files/"))).toHaveLength(4);
});

test.each([
  ["a file", { locationType: "S3" }],
  ["a file of the worker", { locationType: "LOCAL_FS" }],
])("a statement that moves %s moves nothing", async (_name, stageInfo) => {
  const data = { command: "UPLOAD", src_locations: ["/etc/hostname"], stageInfo };
  await using server = await startServer((request, response) => {
    const answer = request.url?.includes("login") === true ? { token: "t", masterToken: "m" } : data;
    response.end(JSON.stringify({ success: true, code: null, message: null, data: answer }));
  });
  const place = { url: `jdbc:snowflake://127.0.0.1:${server.port}/?ssl=off`, username: USER, password: PASSWORD };
  const { message } = await run(place, { sql: "PUT file:///etc/hostname @stage" });
  expect(message).toMatch(/^The statement moves files of this machine, which SQL here can't\./);
});

test.each([
  [404, "<html>", "The server answered with status 404, and no words of Snowflake. Check the account in `url`."],
  [200, "[]", "The server answered with status 200, and no words of Snowflake. Check the account in `url`."],
  [
    200,
    '{"success":true,"data":{"nextAction":"PWD_CHANGE"}}',
    "The server lets nobody in: it asks for more than a password or a key.",
  ],
])("an answer with %s and %j lets nobody in", async (status, body, told) => {
  await using server = await startServer((_request, response) => void response.writeHead(status).end(body));
  const place = { url: `jdbc:snowflake://127.0.0.1:${server.port}/?ssl=off`, username: USER, password: PASSWORD };
  expect(await run(place, { sql: "SELECT 1" })).toMatchObject({ state: "FAILED", message: told });
});

test("the token is for the server alone", async () => {
  await using other = await startServer((_request, response) => void response.end());
  await using server = await startServer((request, response) => {
    const isLogin = request.url?.includes("login") === true;
    const data = isLogin ? { token: "t", masterToken: "m" } : { getResultUrl: `${other.url}/queries/x/result` };
    response.end(JSON.stringify({ success: true, code: isLogin ? null : "333333", message: null, data }));
  });
  const place = { url: `jdbc:snowflake://127.0.0.1:${server.port}/?ssl=off`, username: USER, password: PASSWORD };
  const { message } = await run(place, { sql: "SELECT 1" });
  expect(message).toBe("The server named an address that is none of its own. Check `url`.");
  expect(other.received).toEqual([]);
});

test("the first rows of an answer are limited in size", async () => {
  await using server = await startServer((request, response) => {
    if (request.url?.includes("login") === true)
      response.end('{"success":true,"data":{"token":"t","masterToken":"m"}}');
    else {
      const piece = Buffer.alloc(1024 * 1024, " ");
      const more = (left: number): void => {
        if (left === 0) response.end("{}");
        else response.write(piece, () => more(left - 1));
      };
      more(65);
    }
  });
  const place = { url: `jdbc:snowflake://127.0.0.1:${server.port}/?ssl=off`, username: USER, password: PASSWORD };
  const { message } = await run(place, { sql: "SELECT 1" });
  expect(message).toBe("The server answered with more than 67108864 bytes at once.");
});

test("rows are stored in bounded memory", async () => {
  const line = `["${"x".repeat(1000)}"],`.repeat(1000);
  await using files = await startServer((_request, response) => {
    const more = (left: number): void => {
      if (left === 0) response.end('["end"]');
      else response.write(line, () => more(left - 1));
    };
    more(100);
  });
  await using server = await startServer((request, response) => {
    const isLogin = request.url?.includes("login") === true;
    const chunks = [{ url: `${files.url}/rows`, rowCount: 100_001 }];
    const rowtype = [{ name: "X", type: "text" }];
    const rows = { queryId: "q", statementTypeId: 0x1000, rowtype, rowset: [], chunks };
    const data = isLogin ? { token: "t", masterToken: "m" } : rows;
    response.end(JSON.stringify({ success: true, code: null, message: null, data }));
  });
  await using world = createTestWorld();
  const definition = taskOf("snowflake.Query");
  const place = { url: `jdbc:snowflake://127.0.0.1:${server.port}/?ssl=off`, username: USER, password: PASSWORD };
  const context = world.context(definition, { ...place, sql: "SELECT x FROM big", fetchType: "STORE" });
  let bytes = 0;
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const piece of content) bytes += piece.length;
    return "kestra:///rows.ion";
  };
  const growth = await heapGrowth(() => definition.run!({ ...context, files: { ...world.files, put } } as never));
  expect(bytes).toBeGreaterThan(100_000_000);
  expect(growth).toBeLessThan(40_000_000);
});
