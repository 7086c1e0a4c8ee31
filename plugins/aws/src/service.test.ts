import { SNS } from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { openService } from "./service.ts";

const ARN = "arn:aws:sns:eu-central-1:123456789012:orders";
const properties = { stsRoleSessionDuration: 900_000 };
const identity = { namespace: "company", flowId: "flow" };
const { signal } = new AbortController();

async function regionOf(region: string | undefined, arn: string) {
  const asking = { properties: { ...properties, region }, signal, identity };
  using access = await openService(asking, async (settings) => new SNS(settings), arn);
  return await access.client.config.region();
}

test("an ARN says the region, if nothing else does", async () => {
  expect(await regionOf(undefined, ARN)).toBe("eu-central-1");
  expect(await regionOf("eu-west-1", ARN)).toBe("eu-west-1");
  expect(await regionOf("eu-west-1", "orders")).toBe("eu-west-1");
});

test("no client is made for a task that is over", async () => {
  const asking = { properties, identity, signal: AbortSignal.abort(new Error("killed")) };
  await expect(openService(asking, async (settings) => new SNS(settings))).rejects.toThrow("killed");
});
