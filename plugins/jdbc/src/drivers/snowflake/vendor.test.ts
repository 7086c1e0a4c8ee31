import { generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type Received } from "@capstan/sdk/test-kit";
import { beforeAll, expect, test } from "vitest";
import { ACCOUNT, PASSWORD, type SnowflakeServer, startSnowflake, USER } from "../../testing/snowflake-server.ts";
import { taskOf } from "../../testing/task-of.ts";
import { type VendorDriver, vendorSnowflake } from "../../testing/vendor-snowflake.ts";
import { SLOW } from "../../testing/snowflake-statements.ts";
import { SCRIPTED } from "../../testing/snowflake-values.ts";

// What the stand-in answers, and what this driver asks, is held against the driver that Snowflake publishes.

let vendor: VendorDriver;
beforeAll(async () => {
  vendor = await vendorSnowflake();
}, 600_000);

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKey = keys.privateKey.export({ format: "pem", type: "pkcs8" });
const publicKey = keys.publicKey.export({ format: "pem", type: "spki" });
const USERS = { [USER]: { password: PASSWORD }, robot: { publicKey } };

async function ask(
  server: SnowflakeServer,
  sqlText: string,
  more: { binds?: readonly unknown[]; login?: object } = {},
) {
  const { binds, login = { username: USER, password: PASSWORD } } = more;
  const places = { database: "SHOP", schema: "PUBLIC", warehouse: "WH", role: "LOADER", queryTag: "nightly" };
  const connection = vendor.createConnection({
    accessUrl: `http://127.0.0.1:${server.port}`,
    account: ACCOUNT,
    ...places,
    ...login,
  });
  await promisify(connection.connect.bind(connection))();
  try {
    return await new Promise<readonly Record<string, unknown>[]>((resolve, reject) => {
      const complete = (
        error: Error | null | undefined,
        _statement: unknown,
        rows: readonly Record<string, unknown>[],
      ) => (error == null ? resolve(rows) : reject(error));
      const fetchAsString = ["Number", "Date", "Boolean", "JSON", "Buffer"];
      connection.execute({ sqlText, fetchAsString, complete, ...(binds !== undefined && { binds }) });
    });
  } finally {
    await promisify(connection.destroy.bind(connection))();
  }
}

async function askHere(server: SnowflakeServer, properties: JsonMap) {
  await using world = createTestWorld();
  const places = { database: "SHOP", schema: "PUBLIC", warehouse: "WH", role: "LOADER", queryTag: "nightly" };
  const { outputs, message } = await world.run(taskOf("snowflake.Queries"), {
    ...server.place,
    ...places,
    fetchType: "FETCH",
    transaction: false,
    ...properties,
  });
  expect(message).toBeUndefined();
  return (outputs!["outputs"] as readonly { rows: readonly JsonMap[] }[])[0]!.rows;
}

/** What a request says, without what is another thing each time. */
function saidBy({ method, url, headers, body }: Received) {
  const { pathname, searchParams } = new URL(url, "http://server");
  const { accept, authorization } = headers;
  // Of use to statements of several sessions alone.
  const { queryContextDTO: _context, ...statement } = body === "" ? {} : (JSON.parse(body) as JsonMap);
  const read = statement as { readonly data?: JsonMap };
  const { CLIENT_ENVIRONMENT, SESSION_PARAMETERS = {}, ...login } = read.data ?? {};
  expect(pathname.includes("login") ? typeof CLIENT_ENVIRONMENT : "object").toBe("object");
  const settings = Object.entries(SESSION_PARAMETERS as JsonMap).filter(([name]) => !OTHERWISE.has(name));
  return {
    what: `${method} ${pathname}`,
    parameters: [...searchParams.entries()]
      .filter(([name]) => !/^request_?(?:id|guid)$/iu.test(name))
      .map(String)
      .toSorted(),
    named: [...searchParams.keys()]
      .filter((name) => /^request_?(?:id|guid)$/iu.test(name))
      .map(String)
      .toSorted(),
    accept,
    token: authorization?.replace(/"[^"]*"/u, '"…"'),
    client: [headers["client_app_id"], headers["client_app_version"]],
    body: read.data === undefined ? statement : { ...login, settings },
  };
}

/** Where the two differ: tokens for people at a screen are never asked for here, and statements without a transaction count at once. */
const OTHERWISE: ReadonlySet<string> = new Set([
  "CLIENT_REQUEST_MFA_TOKEN",
  "CLIENT_STORE_TEMPORARY_CREDENTIAL",
  "AUTOCOMMIT",
]);

/** What it tells its makers is nobody else's. */
const isOwn = ({ url }: Received) => !url.startsWith("/telemetry/");

test("a session is the same as that of the vendor's driver, word for word", async () => {
  await using theirs = await startSnowflake(USERS);
  await using ours = await startSnowflake(USERS);
  const sql = "SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e FROM range(9001)";
  const binds = ["x'y", 7, 1.5, true, null];
  const rows = await ask(theirs, sql, { binds });
  expect(rows).toHaveLength(9_001);
  const parameters = { a: "x'y", b: 7, c: 1.5, d: true, e: null };
  await using world = createTestWorld();
  const places = { database: "SHOP", schema: "PUBLIC", warehouse: "WH", role: "LOADER", queryTag: "nightly" };
  const own = { ...ours.place, ...places, sql: sql.replaceAll(/\? AS (.)/gu, ":$1 AS $1"), parameters };
  const outcome = await world.run(taskOf("snowflake.Queries"), { ...own, fetchType: "STORE", transaction: false });
  expect(outcome).toMatchObject({ message: undefined, outputs: { outputs: [{ size: 9_001 }] } });
  const withoutFiles = ({ url }: Received) => !url.startsWith("/files/");
  const said = (server: SnowflakeServer) => server.received.filter(isOwn).filter(withoutFiles).map(saidBy);
  expect(said(ours)).toEqual(said(theirs));
  const filesAsked = (server: SnowflakeServer) =>
    server.received
      .filter((request) => !withoutFiles(request))
      .map(({ headers }) => Object.entries(headers).filter(([name]) => name.startsWith("x-amz")));
  expect(filesAsked(ours)).toEqual(filesAsked(theirs));
  expect(filesAsked(ours)).toHaveLength(2);
});

test("the vendor's driver comes in with a key, as this one does", async () => {
  await using server = await startSnowflake(USERS);
  const login = { username: "robot", authenticator: "SNOWFLAKE_JWT", privateKey };
  expect(await ask(server, "SELECT 1 AS a", { login })).toEqual([{ a: "1" }]);
  const { password: _none, ...place } = server.place;
  expect(await askHere({ ...server, place }, { username: "robot", privateKey, sql: "SELECT 1 AS a" })).toEqual([
    { a: 1 },
  ]);
  expect(server.openSessions()).toBe(0);
});

test("values of all types are what the vendor's driver makes of them", async () => {
  await using server = await startSnowflake(USERS, SCRIPTED);
  for (const sql of Object.keys(SCRIPTED)) {
    const [theirs] = await ask(server, sql);
    const [ours] = await askHere(server, { sql });
    const { shown, vendor: written } = SCRIPTED[sql]!;
    expect(theirs).toEqual({ V: written });
    expect(ours).toEqual({ V: shown });
  }
});

test("an answer that is not there yet is waited for as by the vendor's driver", async () => {
  await using server = await startSnowflake(USERS);
  const sql = SLOW;
  expect(await ask(server, sql)).toEqual([{ WAIT: "waited 1 seconds" }]);
  const before = server.received.length;
  expect(await askHere(server, { sql })).toEqual([{ WAIT: "waited 1 seconds" }]);
  const paths = server.received.slice(before).map(({ method, url }) => `${method} ${url.split("?")[0]!}`);
  expect(paths.some((path) => /^GET \/queries\/.*\/result$/u.test(path))).toBe(true);
});
