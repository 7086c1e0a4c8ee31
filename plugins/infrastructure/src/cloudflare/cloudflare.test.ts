import type { IncomingHttpHeaders } from "node:http";
import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { accessRuleCreate } from "./access-rule-create.ts";
import { accessRuleDelete } from "./access-rule-delete.ts";
import { accessRuleList } from "./access-rule-list.ts";
import { cachePurge, PURGED_PER_REQUEST } from "./cache-purge.ts";
import { ENTRIES_MAX } from "./connection.ts";
import { dnsBatch } from "./dns-batch.ts";
import { dnsCreate } from "./dns-create.ts";
import { dnsDelete } from "./dns-delete.ts";
import { dnsGet } from "./dns-get.ts";
import { dnsList } from "./dns-list.ts";
import { dnsUpdate } from "./dns-update.ts";
import { dnsUpsert } from "./dns-upsert.ts";
import { zoneGet } from "./zone-get.ts";
import { zoneList } from "./zone-list.ts";

const TOKEN = "cf-test-token";
const RECORD = { id: "r1", name: "app.example.com", type: "A", content: "192.0.2.10", ttl: 1, proxied: false };
const TOLD = { recordId: "r1", ...RECORD };
const ZONE = { id: "z1", name: "example.com", status: "active" };
const RULE = { id: "f1", mode: "whitelist", configuration: { target: "ip", value: "192.0.2.77" } };

const fields = {
  type: z.enum(["A", "AAAA", "CNAME", "TXT", "MX", "NS", "SRV", "PTR", "CAA", "SOA"]),
  name: z.string(),
  content: z.string(),
  ttl: z.int().min(1),
  proxied: z.boolean(),
};
const pages = z.strictObject({ page: z.coerce.number(), per_page: z.coerce.number().min(5).max(50) });
const envelope = (result: unknown, more: object = {}) => ({
  body: { success: true, errors: [], messages: [], result, ...more },
});

interface Account {
  /** Records of the zone. */
  readonly records?: readonly (typeof RECORD)[];
  readonly zones?: number;
}

const page = (entries: readonly unknown[], params: URLSearchParams) => {
  const [number, perPage] = [Number(params.get("page")), Number(params.get("per_page"))];
  const result_info = { page: number, per_page: perPage, total_pages: Math.ceil(entries.length / perPage) };
  return envelope(entries.slice((number - 1) * perPage, number * perPage), { result_info });
};

/** As Cloudflare's API documents what it takes. */
const routes = ({ records = [], zones = 1 }: Account): Record<string, Route> => ({
  "GET /zones/z1/dns_records": {
    params: z.union([pages, z.strictObject({ name: z.string(), type: fields.type })]),
    answer: ({ params }) =>
      params.has("page")
        ? page(records, params)
        : envelope(records.filter(({ name, type }) => name === params.get("name") && type === params.get("type"))),
  },
  "POST /zones/z1/dns_records": {
    body: z.strictObject(fields),
    answer: ({ body }) => envelope({ id: "r1", ...(body as JsonMap), created_on: "now" }),
  },
  "GET /zones/z1/dns_records/r1": { answer: envelope(RECORD) },
  "PATCH /zones/z1/dns_records/r1": {
    body: z.strictObject(fields).partial(),
    answer: ({ body }) => envelope({ ...RECORD, ...(body as JsonMap) }),
  },
  "DELETE /zones/z1/dns_records/r1": { answer: envelope({ id: "r1" }) },
  "POST /zones/z1/dns_records/batch": {
    body: z.strictObject({
      deletes: z
        .array(z.strictObject({ id: z.string() }))
        .min(1)
        .optional(),
      patches: z
        .array(z.strictObject(fields).partial().extend({ id: z.string() }))
        .min(1)
        .optional(),
      posts: z
        .array(z.looseObject({ type: fields.type, name: z.string() }))
        .min(1)
        .optional(),
    }),
    answer: envelope({ posts: [], patches: [], deletes: [] }),
  },
  "GET /zones": {
    params: z.union([pages, z.strictObject({ name: z.string() })]),
    answer: ({ params }) =>
      params.has("page")
        ? page(
            Array.from({ length: zones }, () => ZONE),
            params,
          )
        : envelope(params.get("name") === ZONE.name ? [{ ...ZONE, plan: {} }] : []),
  },
  "GET /zones/z1": { answer: envelope(ZONE) },
  "POST /zones/z1/purge_cache": {
    body: z.union([
      z.strictObject({ purge_everything: z.literal(true) }),
      z.strictObject({ files: z.array(z.string()).min(1).max(30) }),
      z.strictObject({ tags: z.array(z.string()).min(1).max(30) }),
    ]),
    answer: envelope({ id: "p1" }),
  },
  "POST /zones/z1/firewall/access_rules/rules": {
    body: z.strictObject({
      mode: z.enum(["block", "challenge", "whitelist", "js_challenge", "managed_challenge"]),
      configuration: z.strictObject({ target: z.enum(["ip", "ip_range", "asn", "country"]), value: z.string() }),
      notes: z.string().min(1).optional(),
    }),
    answer: envelope(RULE),
  },
  "GET /zones/z1/firewall/access_rules/rules": { params: pages, answer: ({ params }) => page([RULE, RULE], params) },
  "DELETE /zones/z1/firewall/access_rules/rules/f1": { answer: envelope({ id: "f1" }) },
  "DELETE /accounts/a1/firewall/access_rules/rules/f1": { answer: envelope(null) },
});

async function run(task: TaskDefinition, properties: JsonMap, account: Account = {}, token = TOKEN) {
  const isAllowed = (headers: IncomingHttpHeaders) => headers.authorization === `Bearer ${token}`;
  await using cloudflare = await startStrictServer(isAllowed, routes(account));
  await using world = createTestWorld();
  const outcome = await world.run(task, { apiToken: TOKEN, baseUrl: `${cloudflare.url}/`, ...properties });
  const calls = cloudflare.received.map(({ method, url }) => `${method} ${url}`);
  return { ...outcome, calls, bodies: cloudflare.bodies, world };
}

const WRITTEN = { zoneId: "z1", recordType: "A", name: "app.example.com", content: "192.0.2.10" };

test("a record is created", async () => {
  const { outputs, bodies } = await run(dnsCreate, { ...WRITTEN, ttl: 300, proxied: true });
  expect(outputs).toEqual({ ...TOLD, ttl: 300, proxied: true });
  expect(bodies).toEqual([{ type: "A", name: "app.example.com", content: "192.0.2.10", ttl: 300, proxied: true }]);
});

test.each([
  [[], "created", "POST /zones/z1/dns_records"],
  [[{ ...RECORD, content: "192.0.2.9" }], "updated", "PATCH /zones/z1/dns_records/r1"],
  [[{ ...RECORD, type: "TXT" }], "created", "POST /zones/z1/dns_records"],
])("with the records %j one is %s", async (records, action, call) => {
  const { outputs, calls, bodies } = await run(dnsUpsert, WRITTEN, { records });
  expect(outputs).toEqual({ ...TOLD, action });
  expect(calls).toEqual(["GET /zones/z1/dns_records?name=app.example.com&type=A", call]);
  expect(bodies).toEqual([{ type: "A", name: "app.example.com", content: "192.0.2.10", ttl: 1, proxied: false }]);
});

test("of several records the first is changed, with a warning", async () => {
  const { outputs, world } = await run(dnsUpsert, WRITTEN, { records: [RECORD, { ...RECORD, id: "r2" }] });
  expect(outputs).toMatchObject({ recordId: "r1", action: "updated" });
  expect(world.logs[0]).toEqual({
    level: "WARN",
    message: "There are 2 records A app.example.com: the first is changed.",
  });
});

test("only what is given is changed", async () => {
  const { outputs, bodies } = await run(dnsUpdate, {
    zoneId: "z1",
    recordId: "r1",
    content: "192.0.2.11",
    proxied: false,
  });
  expect(outputs).toEqual({ id: "r1" });
  expect(bodies).toEqual([{ content: "192.0.2.11", proxied: false }]);
});

test("a record is looked at, and deleted", async () => {
  expect((await run(dnsGet, { zoneId: "z1", recordId: "r1" })).outputs).toEqual(TOLD);
  expect((await run(dnsDelete, { zoneId: "z1", recordId: "r1" })).outputs).toEqual({ deletedId: "r1" });
});

test("the records of all pages are listed", async () => {
  const records = Array.from({ length: 120 }, (_none, index) => ({ ...RECORD, id: `r${index}` }));
  const { outputs, calls, world } = await run(dnsList, { zoneId: "z1" }, { records });
  expect(outputs).toEqual({ records });
  expect(calls).toHaveLength(3);
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 120 }]);
});

test.each([
  [ENTRIES_MAX, "SUCCESS"],
  [ENTRIES_MAX + 1, "FAILED"],
])("%j records end in %s", async (count, state) => {
  const records = Array.from({ length: count }, () => RECORD);
  expect((await run(dnsList, { zoneId: "z1" }, { records })).state).toBe(state);
});

test("many records are changed in one request", async () => {
  const posts = [{ type: "MX", name: "example.com", content: "mail.example.com", priority: 10 }];
  const properties = { zoneId: "z1", posts, patches: [{ id: "r1", content: "192.0.2.11" }], deletes: [{ id: "r2" }] };
  const { outputs, bodies } = await run(dnsBatch, properties);
  expect(outputs).toEqual({ success: true });
  expect(bodies).toEqual([{ deletes: [{ id: "r2" }], patches: [{ id: "r1", content: "192.0.2.11" }], posts }]);
});

test("all zones are listed", async () => {
  const { outputs, calls } = await run(zoneList, {}, { zones: 51 });
  expect(outputs!["zones"]).toEqual(Array.from({ length: 51 }, () => ZONE));
  expect(calls).toHaveLength(2);
});

test.each([{ hostname: "example.com" }, { zoneId: "z1" }, { zoneId: "z1", hostname: "other.com" }])(
  "with %j the zone is found",
  async (properties) => {
    expect((await run(zoneGet, properties)).outputs).toEqual(ZONE);
  },
);

test("a zone that isn't there is told as such", async () => {
  expect((await run(zoneGet, { hostname: "other.com" })).message).toBe(
    "There is no zone other.com. Check the name, and that the token may see the zone.",
  );
});

test.each([
  [{ purgeAll: true, files: ["https://example.com/"] }, [{ purge_everything: true }]],
  [{ files: ["https://example.com/"], tags: ["a"] }, [{ files: ["https://example.com/"] }]],
  [{ purgeAll: false, tags: ["a", "b"] }, [{ tags: ["a", "b"] }]],
])("%j purges %j", async (properties, expected) => {
  const { outputs, bodies } = await run(cachePurge, { zoneId: "z1", ...properties });
  expect(outputs).toEqual({ requestId: "p1" });
  expect(bodies).toEqual(expected);
});

test.each([
  [PURGED_PER_REQUEST, 1],
  [PURGED_PER_REQUEST + 1, 2],
])("%j files are purged with %j requests", async (count, requests) => {
  const files = Array.from({ length: count }, (_none, index) => `https://example.com/${index}`);
  const { bodies } = await run(cachePurge, { zoneId: "z1", files });
  expect(bodies).toHaveLength(requests);
  expect(bodies.flatMap((body) => (body as { files: string[] }).files)).toEqual(files);
});

test.each(["whitelist", "WHITELIST"])("a rule is created with the mode %s", async (mode) => {
  const properties = {
    zoneId: "z1",
    mode,
    target: mode === "WHITELIST" ? "IP" : "ip",
    value: "192.0.2.77",
    notes: "A test",
  };
  const { outputs, bodies } = await run(accessRuleCreate, properties);
  expect(outputs).toEqual({ ruleId: "f1", id: "f1", mode: "whitelist", target: "ip", value: "192.0.2.77" });
  expect(bodies).toEqual([{ mode: "whitelist", configuration: RULE.configuration, notes: "A test" }]);
});

test("rules are listed", async () => {
  expect((await run(accessRuleList, { zoneId: "z1" })).outputs).toEqual({ rules: [RULE, RULE] });
});

test.each([{ zoneId: "z1" }, { accountId: "a1", zoneId: "" }])("a rule of %j is deleted", async (owner) => {
  expect((await run(accessRuleDelete, { ...owner, ruleId: "f1" })).outputs).toEqual({ ruleId: "f1", deleted: true });
});

test.each([
  [dnsUpdate, { zoneId: "z1", recordId: "r1" }, "Nothing says what to change"],
  [dnsBatch, { zoneId: "z1", posts: [] }, "Nothing is to be done"],
  [cachePurge, { zoneId: "z1" }, "Nothing says what to purge"],
  [zoneGet, { hostname: " " }, "Nothing says which zone"],
  [accessRuleDelete, { ruleId: "f1" }, "give either `zoneId` or `accountId`"],
  [accessRuleDelete, { ruleId: "f1", zoneId: "z1", accountId: "a1" }, "give either `zoneId` or `accountId`"],
  [accessRuleCreate, { zoneId: "z1", mode: "allow", target: "ip", value: "1" }, "mode"],
  [dnsDelete, { zoneId: "z1", recordId: "" }, "`recordId` is empty"],
  [dnsDelete, { zoneId: "..", recordId: "r1" }, '`zoneId` is ".."'],
])("what says nothing is not sent (%#)", async (task, properties, message) => {
  const outcome = await run(task, properties);
  expect(outcome.message).toContain(message);
  expect(outcome.calls).toEqual([]);
});

test("a refusal in an envelope is told with its reasons", async () => {
  const refusal = { body: { success: false, errors: [{ code: 1004, message: "DNS Validation Error" }], result: null } };
  await using cloudflare = await startStrictServer(() => true, { "GET /zones/z1": { answer: refusal } });
  await using world = createTestWorld();
  const { message } = await world.run(zoneGet, { apiToken: TOKEN, baseUrl: cloudflare.url, zoneId: "z1" });
  expect(message).toBe("Looking at the zone z1 was refused by Cloudflare: DNS Validation Error");
});

test("no message has the token", async () => {
  const { message, world } = await run(zoneList, {}, {}, "other");
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain(TOKEN);
});
