import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, type Route, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { hubspotTasks } from "./objects.ts";
import { RECORDS_MAX } from "./search-task.ts";

const TOKEN = "pat-test-token";
const association = z.strictObject({
  to: z.strictObject({ id: z.string().regex(/^\d+$/) }),
  types: z.array(z.strictObject({ associationCategory: z.literal("HUBSPOT_DEFINED"), associationTypeId: z.int() })),
});
const written = z.strictObject({ properties: z.record(z.string(), z.union([z.string(), z.number()])) });
const search = z.strictObject({
  query: z.string().optional(),
  filterGroups: z.array(z.looseObject({ filters: z.array(z.looseObject({ propertyName: z.string() })) })).optional(),
  properties: z.array(z.string()).optional(),
  sorts: z
    .array(z.strictObject({ propertyName: z.string(), direction: z.enum(["ASCENDING", "DESCENDING"]) }))
    .optional(),
  limit: z.int().max(200),
  after: z.string().optional(),
});

/** As HubSpot documents it, for each kind of record. */
const routes = (total: number): Record<string, Route> =>
  Object.fromEntries(
    ["contacts", "companies", "deals", "tickets"].flatMap((plural): [string, Route][] => [
      [
        `POST /crm/v3/objects/${plural}`,
        {
          body: plural === "deals" ? written.extend({ associations: z.array(association).min(1).optional() }) : written,
          answer: ({ body }) => ({ status: 201, body: { id: "512", archived: false, ...(body as JsonMap) } }),
        },
      ],
      [
        `PATCH /crm/v3/objects/${plural}/512`,
        { body: written, answer: ({ body }) => ({ body: { id: "512", ...(body as JsonMap) } }) },
      ],
      [
        `GET /crm/v3/objects/${plural}/512`,
        {
          params: z.strictObject({ properties: z.string().optional() }),
          answer: ({ params }) => ({ body: { id: "512", properties: { read: params.get("properties") } } }),
        },
      ],
      [`DELETE /crm/v3/objects/${plural}/512`, { answer: { status: 204 } }],
      [`PUT /crm/v4/objects/deals/512/associations/default/${plural}/7`, { answer: { body: { status: "COMPLETE" } } }],
      [
        `POST /crm/v3/objects/${plural}/search`,
        {
          body: search,
          answer: ({ body }) => {
            const { limit, after = "0" } = body as { limit: number; after?: string };
            const count = Math.min(limit, total - Number(after));
            const results = Array.from({ length: count }, (_none, index) => ({
              id: "1",
              properties: { n: Number(after) + index },
            }));
            const next = Number(after) + count;
            return { body: { total, results, ...(next < total && { paging: { next: { after: String(next) } } }) } };
          },
        },
      ],
    ]),
  );

async function run(name: string, properties: JsonMap, { total = 3, token = TOKEN } = {}) {
  const task = hubspotTasks.find(({ type }) => type === `io.kestra.plugin.hubspot.${name}`)!;
  await using hubspot = await startStrictServer(
    (headers) => headers.authorization === `Bearer ${token}`,
    routes(total),
  );
  await using world = createTestWorld();
  const outcome = await world.run(task, { apiKey: TOKEN, endpointOverride: hubspot.url, ...properties });
  const { uri } = (outcome.outputs ?? {}) as { uri?: string };
  const stored = uri === undefined ? [] : await Array.fromAsync(readRecords(await world.files.read(uri)));
  const calls = hubspot.received.map(({ method, url }) => `${method} ${url}`);
  return { ...outcome, bodies: hubspot.bodies, calls, stored: stored.map(({ value }) => value), world };
}

test.each([
  [
    "contacts",
    { email: "ada@example.com", firstName: "Ada", lastName: "L", phone: "1", jobTitle: "Boss", lifecycleStage: "lead" },
    { email: "ada@example.com", firstname: "Ada", lastname: "L", phone: "1", jobtitle: "Boss", lifecyclestage: "lead" },
  ],
  [
    "companies",
    {
      name: "Example",
      domain: "example.com",
      companyDescription: "As told",
      industry: "ACCOUNTING",
      companyType: "PARTNER",
    },
    { name: "Example", domain: "example.com", description: "As told", industry: "ACCOUNTING", type: "PARTNER" },
  ],
  [
    "deals",
    {
      name: "Seats",
      pipeline: "default",
      stage: "won",
      amount: 50_000,
      closeDate: "2030-12-31",
      dealType: "newbusiness",
    },
    {
      dealname: "Seats",
      pipeline: "default",
      dealstage: "won",
      amount: "50000",
      closedate: "2030-12-31",
      dealtype: "newbusiness",
    },
  ],
  [
    "tickets",
    { subject: "Old", content: "As told", pipeline: 0, priority: "HIGH" },
    { subject: "Old", content: "As told", hs_pipeline: "0", hs_pipeline_stage: "1", hs_ticket_priority: "HIGH" },
  ],
])("of %s a record is created by HubSpot's names", async (plural, properties, sent) => {
  const { outputs, bodies, stored } = await run(`${plural}.Create`, properties);
  expect(outputs).toMatchObject({ id: 512 });
  expect(bodies).toEqual([{ properties: sent }]);
  expect(stored).toEqual([sent]);
});

test("further properties count before those of the task", async () => {
  const additionalProperties = { city: "Berlin", firstname: "A." };
  const { bodies } = await run("contacts.Create", { email: "a@example.com", firstName: "Ada", additionalProperties });
  expect(bodies).toEqual([{ properties: { email: "a@example.com", firstname: "A.", city: "Berlin" } }]);
});

const ASSOCIATED = { associatedCompanyIds: [7], associatedContactIds: ["7"] };

test("a new deal belongs to companies and contacts", async () => {
  const { bodies } = await run("deals.Create", { name: "Seats", pipeline: "default", stage: "won", ...ASSOCIATED });
  const types = (associationTypeId: number) => [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId }];
  expect((bodies[0] as JsonMap)["associations"]).toEqual([
    { to: { id: "7" }, types: types(341) },
    { to: { id: "7" }, types: types(3) },
  ]);
});

test("a deal that is there is associated too", async () => {
  const { state, bodies, calls } = await run("deals.Update", { dealId: "512", stage: "won", ...ASSOCIATED });
  expect([state, bodies]).toEqual(["SUCCESS", [{ properties: { dealstage: "won" } }]]);
  expect(calls.slice(1)).toEqual([
    "PUT /crm/v4/objects/deals/512/associations/default/companies/7",
    "PUT /crm/v4/objects/deals/512/associations/default/contacts/7",
  ]);
});

test.each([
  ["contacts", { contactId: 512, lifecycleStage: "customer" }, { lifecyclestage: "customer" }],
  ["companies", { companyId: "512", additionalProperties: { city: "Berlin" } }, { city: "Berlin" }],
  ["deals", { dealId: "512", amount: 1.5 }, { amount: "1.5" }],
])("of %s a record is changed", async (plural, properties, sent) => {
  const { outputs, bodies } = await run(`${plural}.Update`, properties);
  expect(outputs).toMatchObject({ id: 512 });
  expect(bodies).toEqual([{ properties: sent }]);
});

test.each([
  ["contacts", "contactId"],
  ["companies", "companyId"],
  ["deals", "dealId"],
])("of %s a record is read and deleted", async (plural, id) => {
  const read = await run(`${plural}.Get`, { [id]: "512", properties: ["email", "phone"] });
  expect(read.outputs).toMatchObject({ id: 512 });
  expect(read.stored).toEqual([{ read: "email,phone" }]);
  expect(await run(`${plural}.Delete`, { [id]: "512" })).toMatchObject({ state: "SUCCESS", outputs: undefined });
  const nobody = await run(`${plural}.Delete`, { [id]: "" });
  expect([nobody.message, nobody.calls]).toEqual([`\`${id}\` is empty. Give it the name or id that is meant.`, []]);
});

test("a search asks for what is written", async () => {
  const properties = {
    query: "example",
    filterGroups: [{ filters: [{ propertyName: "city", operator: "EQ", value: "Berlin" }] }],
    properties: ["name"],
    sorts: [{ propertyName: "createdate", direction: "DESCENDING" }],
    limit: 2,
    after: "1",
  };
  const { outputs, bodies, stored, world } = await run("companies.Search", properties);
  expect(outputs).toMatchObject({ total: 2 });
  expect(stored).toEqual([{ n: 1 }, { n: 2 }]);
  expect(bodies).toEqual([properties]);
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 2 }]);
});

test.each([
  [{}, 10, [10]],
  [{ fetchAllPages: true }, 450, [200, 200, 200]],
  [{ fetchAllPages: true, limit: 100 }, 450, [100, 100, 100, 100, 100]],
])("a search with %j reads %j of 450 records", async (properties, total, limits) => {
  const { outputs, bodies } = await run("contacts.Search", properties, { total: 450 });
  expect(outputs).toMatchObject({ total });
  expect(bodies.map((body) => (body as { limit: number }).limit)).toEqual(limits);
});

test.each([
  [RECORDS_MAX, "SUCCESS"],
  [RECORDS_MAX + 1, "FAILED"],
])("%j matches end in %s", async (total, state) => {
  const outcome = await run("deals.Search", { fetchAllPages: true }, { total });
  expect(outcome.state).toBe(state);
});

test.each([{ apiKey: "" }, { apiKey: " ", oauthToken: "" }])("with %j nobody is asked", async (credentials) => {
  const { message, calls } = await run("contacts.Search", credentials);
  expect(message).toBe("HubSpot takes no request without credentials. Give `apiKey` or `oauthToken`.");
  expect(calls).toEqual([]);
});

test("a token of OAuth does as well, and none is shown", async () => {
  expect((await run("contacts.Search", { apiKey: "", oauthToken: "o-token" }, { token: "o-token" })).state).toBe(
    "SUCCESS",
  );
  const { message, world } = await run("contacts.Search", { apiKey: "hidden-token" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("hidden-token");
});
