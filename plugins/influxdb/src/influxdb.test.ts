import type { IncomingHttpHeaders } from "node:http";
import { type JsonMap, readRecords, type TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { csvRows } from "./csv-rows.ts";
import { fluxQuery } from "./flux-query.ts";
import { fluxTrigger } from "./flux-trigger.ts";
import { influxqlQuery } from "./influxql-query.ts";
import { pointLine } from "./line-protocol.ts";
import { load } from "./load.ts";
import { write } from "./write.ts";

const TOKEN = "influx-test-token";
const FILE = "kestra:///held/rows.ion";
const isAllowed = ({ authorization }: IncomingHttpHeaders) => authorization === `Token ${TOKEN}`;

/** As InfluxDB documents it. */
const startInflux = (results: unknown = []) =>
  startStrictServer(isAllowed, {
    "POST /api/v2/write": {
      params: z.strictObject({
        org: z.literal("acme"),
        bucket: z.literal("rooms"),
        precision: z.enum(["ns", "us", "ms", "s"]),
      }),
      content: { type: "text/plain; charset=utf-8", text: z.string().min(1) },
      answer: { status: 204 },
    },
    "POST /query": {
      params: z.strictObject({ db: z.literal("rooms") }),
      form: z.strictObject({ q: z.string() }),
      answer: { body: { results } },
    },
  });

async function run(
  task: TaskDefinition,
  properties: JsonMap,
  { results = [] as unknown, rows = "", token = TOKEN } = {},
) {
  await using influx = await startInflux(results);
  await using world = createTestWorld();
  world.files.seed(FILE, rows);
  const outcome = await world.run(task, {
    connection: { url: `${influx.url}/`, token },
    org: "acme",
    bucket: "rooms",
    ...properties,
  });
  return { ...outcome, written: influx.received.map(({ body }) => body), params: influx.params, world };
}

test.each([
  [{ t: 21.5, on: true, note: 'a "b" \\', none: null }, String.raw`room t=21.5,on=true,note="a \"b\" \\"`],
  [{ t: "21.50", n: 7, big: "1e3", name: "7a", empty: "" }, 'room t=21.5,n=7,big=1000,name="7a",empty=""'],
  [{ "a b": 1, house: "x, y=z", floor: "", list: [1] }, String.raw`room,house=x\,\ y\=z a\ b=1,list="[1]"`],
  [{ t: 1, Time: "2026-03-01" }, "room t=1"],
  [{ house: "x" }, undefined],
])("the record %j is the point %s", (record, line) => {
  expect(pointLine(record, { measurement: "room", tags: ["house", "floor"], timeField: undefined })).toBe(line);
});

test.each([
  ["2026-03-01T10:00:00Z", "1772359200000000000"],
  ["2026-03-01T10:00:00.123456789Z", "1772359200123456789"],
  ["2026-03-01T11:00:00+01:00", "1772359200000000000"],
  ["2026-03-01 10:00", "1772359200000000000"],
  ["2026-03-01", "1772323200000000000"],
  [1_772_359_200, "1772359200000000000"],
  ["1772359200123", "1772359200123000000"],
])("the time %j is %s", (at, time) => {
  expect(pointLine({ t: 1, at }, { measurement: "my room", tags: [], timeField: "at" })).toBe(
    String.raw`my\ room t=1 ${time}`,
  );
});

test.each([
  [{ t: 1, at: "soon" }, 'The time "soon" is none'],
  [[1], "which is no map of fields"],
])("the record %j is no point", (record, message) => {
  expect(() => pointLine(record, { measurement: "room", tags: [], timeField: "at" })).toThrow(message);
});

test("a file is loaded in chunks", async () => {
  const rows = '{"t":1,"time":"x"}\n{t:2}\n{"time":"x"}\n{"t":"3"}\n';
  const { outputs, written, params, world } = await run(load, { from: FILE, measurement: "room", chunk: 2 }, { rows });
  expect(outputs).toEqual({ recordCount: 3 });
  expect(written).toEqual(["room t=1\nroom t=2", "room t=3"]);
  expect(params[0]).toEqual({ org: "acme", bucket: "rooms", precision: "ns" });
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 3 }]);
});

test("an empty file writes nothing", async () => {
  const { outputs, written } = await run(load, { from: FILE, measurement: "room" });
  expect([outputs, written]).toEqual([{ recordCount: 0 }, []]);
});

test("lines are written as they are", async () => {
  const source = "room t=1 7\n\n# a remark\nroom t=2 8\n";
  const { outputs, written, params } = await run(write, { source, precision: "S" });
  expect([outputs, written, params[0]!["precision"]]).toEqual([{ recordCount: 2 }, [source], "s"]);
});

test("rows of InfluxQL are those of all series, without what is empty", async () => {
  const columns = ["time", "t", "n"];
  const results = [
    {
      statement_id: 0,
      series: [
        {
          name: "a",
          columns,
          values: [
            ["x", 1, null],
            ["y", 2, 3],
          ],
        },
        { name: "b", columns },
      ],
    },
  ];
  const { outputs } = await run(influxqlQuery, { query: "SELECT * FROM a", fetchType: "FETCH" }, { results });
  expect(outputs).toEqual({
    rows: [
      { time: "x", t: 1 },
      { time: "y", t: 2, n: 3 },
    ],
    size: 2,
    total: 2,
  });
});

test("a mistake in InfluxQL is told", async () => {
  const results = [{ statement_id: 0, error: "error parsing query" }];
  const { message } = await run(influxqlQuery, { query: "SELCT" }, { results });
  expect(message).toBe("The query in InfluxQL failed: error parsing query");
});

test.each([write, influxqlQuery])("without a bucket nothing is asked (%#)", async (task) => {
  const { message, written } = await run(task, { source: "a b=1", query: "SELECT", bucket: "" });
  expect(message).toBe("`bucket` is empty. Give it the name of the bucket.");
  expect(written).toEqual([]);
});

const TABLES = [
  "#datatype,string,long,dateTime:RFC3339,double,boolean,string",
  "#group,false,false,false,false,false,true",
  "#default,_result,,,,,none",
  ",result,table,_time,_value,ok,place",
  ',,0,2026-03-01T10:00:00Z,21.5,true,"a, ""b""\nc"',
  ",,0,2026-03-01T10:01:00Z,,false,",
  "",
  "#datatype,string,long,unsignedLong",
  "#group,false,false,false",
  "#default,_result,,",
  ",result,table,_value",
  ",,1,9007199254740993",
  "",
].join("\r\n");
const ROWS = [
  { result: "_result", table: 0, _time: "2026-03-01T10:00:00Z", _value: 21.5, ok: true, place: 'a, "b"\nc' },
  { result: "_result", table: 0, _time: "2026-03-01T10:01:00Z", ok: false, place: "none" },
  { result: "_result", table: 1, _value: "9007199254740993" },
];

/** InfluxDB as it answers in Flux: in CSV. */
async function flux(answer: string, properties: JsonMap = {}, status = 200) {
  await using influx = await startServer((_request, response) => response.writeHead(status).end(answer));
  await using world = createTestWorld();
  const connection = { url: influx.url, token: TOKEN };
  const outcome = await world.run(fluxQuery, {
    connection,
    org: "acme",
    query: "from(…)",
    fetchType: "FETCH",
    ...properties,
  });
  return { ...outcome, request: influx.received[0], world };
}

test("rows of Flux have the types of their table", async () => {
  const { outputs, request } = await flux(TABLES);
  expect(outputs).toEqual({ rows: ROWS, size: 3, total: 3 });
  expect(request).toMatchObject({ method: "POST", url: "/api/v2/query?org=acme" });
  expect(request!.headers).toMatchObject({ authorization: `Token ${TOKEN}`, accept: "application/csv" });
  expect(JSON.parse(request!.body)).toEqual({
    query: "from(…)",
    type: "flux",
    dialect: { header: true, delimiter: ",", annotations: ["datatype", "group", "default"] },
  });
});

test.each([
  [{ fetchType: "FETCH_ONE" }, { row: ROWS[0], size: 1, total: 1 }],
  [{ fetchType: "NONE" }, { size: 3, total: 3 }],
])("with %j it is %j", async (properties, outputs) => {
  expect((await flux(TABLES, properties)).outputs).toEqual(outputs);
});

test("rows of Flux are stored", async () => {
  const { outputs, world } = await flux(TABLES, { fetchType: "STORE" });
  const stored = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  expect(stored.map(({ value }) => value)).toEqual(ROWS);
});

test("no row is no failure", async () => {
  expect((await flux("\r\n")).outputs).toEqual({ rows: [], size: 0, total: 0 });
});

test.each([
  "error,reference\r\nfailed to read,897\r\n",
  "#datatype,string,long\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,failed to read,897\r\n",
])("a query that fails on the way is told (%#)", async (table) => {
  const { message } = await flux(`${TABLES}\r\n${table}`);
  expect(message).toBe("The query in Flux failed: failed to read");
});

test("a mistake in Flux is told, and no message has the token", async () => {
  const { message, world } = await flux('{"code":"invalid","message":"undefined identifier x"}', {}, 400);
  expect(message).toContain("The query in Flux failed with status 400");
  expect(message).toContain("undefined identifier x");
  expect(JSON.stringify([message, world.logs])).not.toContain(TOKEN);
  const refused = await run(write, { source: "a b=1" }, { token: "influx-hidden" });
  expect(refused.message).toContain("status 401");
  expect(JSON.stringify([refused.message, refused.world.logs])).not.toContain("influx-hidden");
});

test("a silent server is told with the property that says how long", async () => {
  await using influx = await startServer(() => {});
  await using world = createTestWorld();
  const connection = { url: influx.url, token: TOKEN, readTimeout: "PT0.05S" };
  const { message } = await world.run(fluxQuery, { connection, org: "acme", query: "from(…)" });
  expect(message).toContain("`connection.readTimeout`");
});

test.each([
  [TABLES, { variables: { row: ROWS[0], size: 1, total: 1 } }],
  ["\r\n", undefined],
])("the trigger starts the flow while there are rows (%#)", async (answer, event) => {
  await using influx = await startServer((_request, response) => response.end(answer));
  await using world = createTestWorld();
  const properties = {
    connection: { url: influx.url, token: TOKEN },
    org: "acme",
    query: "from(…)",
    fetchType: "FETCH_ONE",
  };
  expect(await world.poll(fluxTrigger, properties)).toEqual(event);
});

test("fields of CSV may be cut anywhere", async () => {
  const bytes = Buffer.from('a,"b""c"\n"ä\nö",\n');
  const pieces = async function* () {
    for (const byte of bytes) yield Buffer.from([byte]);
  };
  expect(await Array.fromAsync(csvRows(pieces()))).toEqual([
    ["a", 'b"c'],
    ["ä\nö", ""],
  ]);
});
