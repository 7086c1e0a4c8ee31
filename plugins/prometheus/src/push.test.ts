import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { push } from "./push.ts";
import { startPushgateway, type StartedServer } from "./testing/prometheus-programs.ts";

let gateway: StartedServer;
beforeAll(async () => {
  gateway = await startPushgateway();
}, 60_000);
afterAll(() => gateway[Symbol.asyncDispose]());

async function pushed(properties: Record<string, unknown>, variables: Record<string, unknown> = {}) {
  await using world = createTestWorld({ variables });
  return { ...(await world.run(push, { url: gateway.url, ...(properties as object) })), logs: world.logs };
}

/** The lines that Prometheus would get of one job, without those that the gateway makes. */
async function kept(job: string): Promise<string[]> {
  const response = await fetch(`${gateway.url}/metrics`);
  const lines = (await response.text()).split("\n");
  return lines.filter((line) => line.includes(`job="${job}"`) && !line.startsWith("push_"));
}

describe("a Pushgateway", () => {
  test("keeps metrics by job and instance", async () => {
    const metrics = [
      { name: "rows", value: "{{ rows }}", labels: { table: 'say "ä"\n\\' } },
      { name: "seconds", value: 1.5 },
      { name: "rows", value: 2, labels: { table: "b" } },
    ];
    const outcome = await pushed({ job: "load", instance: "a:1", metrics }, { rows: 7 });
    expect(outcome).toMatchObject({
      state: "SUCCESS",
      outputs: { status: "success", code: 200 },
      logs: [{ level: "INFO", message: "Pushed 3 metrics for the job load." }],
    });
    expect(await kept("load")).toEqual([
      'rows{instance="a:1",job="load",table="b"} 2',
      String.raw`rows{instance="a:1",job="load",table="say \"ä\"\n\\"} 7`,
      'seconds{instance="a:1",job="load"} 1.5',
    ]);
  });

  test("replaces those of the same name, and keeps the others", async () => {
    await pushed({
      job: "again",
      metrics: [
        { name: "a", value: 1 },
        { name: "b", value: 1 },
      ],
    });
    await pushed({ job: "again", metrics: [{ name: "a", value: 2 }] });
    expect(await kept("again")).toEqual(['a{instance="",job="again"} 2', 'b{instance="",job="again"} 1']);
  });

  test.each(["a/b c", "..", ".", "ä?#%2F", "x@base64"])("takes the job %s", async (job) => {
    await pushed({ job, instance: job, metrics: [{ name: "odd", value: 1 }] });
    expect(await kept(job)).toEqual([`odd{instance="${job}",job="${job}"} 1`]);
  });

  test("takes metrics that are the value of an expression", async () => {
    const metrics = [{ name: "from_list", value: 3 }];
    await pushed({ job: "list", metrics: "{{ metrics }}" }, { metrics });
    expect(await kept("list")).toEqual(['from_list{instance="",job="list"} 3']);
  });

  test("says why it refuses", async () => {
    const twice = { name: "twice", value: 1 };
    const { state, message } = await pushed({ job: "twice", metrics: [twice, twice] });
    expect({ state, message }).toEqual({
      state: "FAILED",
      message: expect.stringMatching(
        /^Pushing to the Pushgateway failed with status 400 and the body: .*collected before/s,
      ),
    });
  });
});

test.each([
  [{ job: "", metrics: [] }, "`job` is empty, but a Pushgateway keeps metrics by their job. Give it a name."],
  [{ job: "j", metrics: [{ name: "a b", value: 1 }] }, '`metrics[0].name` is "a b"'],
  [{ job: "j", metrics: [{ name: "a", value: "much" }] }, '`metrics[0].value` of a is "much", which is no number'],
])("of %j nothing is sent", async (properties, message) => {
  await using server = await startServer((_request, response) => response.end());
  const outcome = await pushed({ url: server.url, ...properties });
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
  expect(server.received).toEqual([]);
});

test("credentials and headers go with it, and no message shows the password", async () => {
  await using server = await startServer((_request, response) => response.writeHead(403).end("not you"));
  const metrics = [{ name: "a", value: 1 }];
  const who = { username: "u", password: "pw1", headers: { "X-Team": "a" } };
  const { message } = await pushed({ url: `${server.url}/gate/`, job: "j", metrics, ...who });
  expect(server.received).toMatchObject([
    {
      method: "POST",
      url: "/gate/metrics/job/j",
      headers: {
        authorization: `Basic ${Buffer.from("u:pw1").toString("base64")}`,
        "x-team": "a",
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
      },
      body: "a 1\n",
    },
  ]);
  expect(message).toBe("Pushing to the Pushgateway failed with status 403 and the body: not you");
});
