import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { turnClientsAway } from "./turn-clients-away.ts";

/** A server that turns clients away, among members at these addresses. */
async function listening(hosts: readonly string[]): Promise<string> {
  const answer = turnClientsAway(
    (_request, response) => void response.end("answered"),
    (address) => hosts.includes(address),
  );
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FLOWS = "/api/v1/main/flows/search";
const PASSED_ON = { via: "1.1 capstan" };

test("a client is told to call another server", async () => {
  const answer = await fetch(`${await listening(["127.0.0.1"])}${FLOWS}`);
  expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({
    status: 421,
    code: "role-missing",
    message: expect.stringContaining("does not have the role webserver"),
  });
});

test("what another member passes on is answered, and what somebody else says to pass on is not", async () => {
  const headers = PASSED_ON;
  expect(await (await fetch(`${await listening(["127.0.0.1"])}${FLOWS}`, { headers })).text()).toBe("answered");
  expect((await fetch(`${await listening([])}${FLOWS}`, { headers })).status).toBe(421);
});

test.each(["/health", "/health/readiness", "/health/liveness", "/api/v1/workers/line"])(
  "%s is open to everybody",
  async (path) => {
    expect(await (await fetch(`${await listening([])}${path}`)).text()).toBe("answered");
  },
);
