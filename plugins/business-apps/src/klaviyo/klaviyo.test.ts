import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, startStrictServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { klaviyoTasks } from "./resources.ts";

const KEY = "pk_test-key";

async function run(name: string, properties: JsonMap, key = KEY) {
  const task = klaviyoTasks.find(({ type }) => type === `io.kestra.plugin.klaviyo.${name}`)!;
  const told = (id: string) => ({ answer: { body: { data: { type: "told", id, attributes: { n: 1 } }, links: {} } } });
  await using klaviyo = await startStrictServer(
    // As Klaviyo documents it.
    ({ authorization, revision, accept }) =>
      authorization === `Klaviyo-API-Key ${key}` && revision === "2025-10-15" && accept === "application/vnd.api+json",
    {
      "GET /campaigns/1": told("1"),
      "GET /campaigns/2": told("2"),
      "GET /campaign-recipient-estimations/1": told("1"),
      "GET /campaign-messages/1": told("1"),
      "GET /campaign-messages/1/campaign": told("1"),
      "GET /campaign-messages/1/image": told("1"),
      "GET /campaign-messages/2/image": { answer: { body: { data: null } } },
      "GET /campaign-recipient-estimation-jobs/1": told("1"),
      "GET /campaign-send-jobs/1": told("1"),
    },
  );
  await using world = createTestWorld();
  const outcome = await world.run(task, { apiKey: KEY, baseUrl: klaviyo.url, ...properties });
  return { ...outcome, urls: klaviyo.received.map(({ url }) => url), world };
}

test.each([
  ["campaign.Get", "campaignIds", "/campaigns/1"],
  ["campaign.GetRecipientCount", "campaignIds", "/campaign-recipient-estimations/1"],
  ["campaign.messages.Get", "messageIds", "/campaign-messages/1"],
  ["campaign.messages.GetCampaign", "messageIds", "/campaign-messages/1/campaign"],
  ["campaign.messages.GetImages", "messageIds", "/campaign-messages/1/image"],
  ["jobs.GetRecipient", "jobIds", "/campaign-recipient-estimation-jobs/1"],
  ["jobs.GetSendJob", "jobIds", "/campaign-send-jobs/1"],
])("%s reads by its %s from %s", async (name, property, url) => {
  const { outputs, urls } = await run(name, { [property]: ["1"], fetchType: "FETCH_ONE" });
  expect(outputs).toEqual({ row: { type: "told", id: "1", attributes: { n: 1 } }, size: 1 });
  expect(urls).toEqual([url]);
});

test("several are read in their order", async () => {
  const { outputs, world } = await run("campaign.Get", { campaignIds: ["2", "1"] });
  expect(outputs).toMatchObject({ rows: [{ id: "2" }, { id: "1" }], size: 2 });
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 2 }]);
});

test("what isn't there is no row", async () => {
  const { outputs, world } = await run("campaign.messages.GetImages", { messageIds: ["1", "2"], fetchType: "STORE" });
  expect(outputs).toMatchObject({ size: 1 });
  expect(await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)))).toHaveLength(1);
});

test.each([
  [["1", ""], "`campaignIds` is empty"],
  [[".."], '`campaignIds` is ".."'],
])("with the ids %j nobody is asked", async (campaignIds, message) => {
  const outcome = await run("campaign.Get", { campaignIds });
  expect(outcome.message).toContain(message);
  expect(outcome.urls).toEqual([]);
});

test("an id that isn't known is told, and no message has the key", async () => {
  expect((await run("campaign.Get", { campaignIds: ["9"] })).message).toContain(
    '"Read campaigns of Klaviyo" (9) failed with status 404',
  );
  const { message, world } = await run("campaign.Get", { campaignIds: ["1"], apiKey: "pk_hidden" });
  expect(message).toContain("status 401");
  expect(JSON.stringify([message, world.logs])).not.toContain("pk_hidden");
});
