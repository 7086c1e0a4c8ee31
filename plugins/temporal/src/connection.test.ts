import { createTestWorld, startSilentServer } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CONNECT_MS_MAX, connectTemporal } from "./connection.ts";
import { startGate } from "./testing/gate.ts";
import { trigger } from "./trigger.ts";
import { selfSigned, startSecureFront } from "./testing/secure-front.ts";
import { BUILD_MS_MAX, NAMESPACE, startTemporal, type TemporalServer } from "./testing/temporal-server.ts";
import type { JsonMap } from "@capstan/sdk";

/** Starts a workflow that nobody works on: all that matters is whether the server takes it. */
async function started(properties: JsonMap, signal?: AbortSignal) {
  await using world = createTestWorld(signal === undefined ? {} : { signal, identity: { attemptKey: "killed" } });
  const order = { namespace: NAMESPACE, workflowType: "Give", taskQueue: "nobody" };
  const { state, message } = await world.run(trigger, { ...order, ...properties });
  return { state, message, told: JSON.stringify([message, world.logs]) };
}

let server: TemporalServer;
beforeAll(async () => {
  server = await startTemporal();
}, BUILD_MS_MAX);
afterAll(() => server?.[Symbol.asyncDispose]());

describe("a server that goes away", () => {
  async function connected(endpoint: string, pausesMs: readonly number[]) {
    const world = createTestWorld();
    const context = world.context<never>(trigger, { endpoint, workflowType: "Give", taskQueue: "nobody" });
    return { world, temporal: await connectTemporal(context, pausesMs) };
  }

  test("is asked again, as often as there is patience, and each time is told", async () => {
    await using gate = await startGate(server.port);
    const { world, temporal } = await connected(gate.endpoint, [1, 2, 3, 4]);
    await using _ = temporal;
    gate.shut();
    const asked = temporal.ask(new AbortController().signal, "The look", (service) => service.getSystemInfo({}));
    await expect(asked).rejects.toThrow(/^The look failed at Temporal .* Check `endpoint` and `tls`/);
    expect(world.logs.map(({ level }) => level)).toEqual(["WARN", "WARN", "WARN", "WARN"]);
  });

  test("is not waited for after a kill, also between two tries", async () => {
    await using gate = await startGate(server.port);
    const { world, temporal } = await connected(gate.endpoint, [3_600_000]);
    await using _ = temporal;
    gate.shut();
    const kill = new AbortController();
    const asked = temporal.ask(kill.signal, "The look", (service) => service.getSystemInfo({}));
    asked.catch(() => undefined);
    await expect.poll(() => world.logs.length).toBe(1);
    kill.abort(new Error("the task was killed"));
    await expect(asked).rejects.toThrow("the task was killed");
  });
});

describe("with TLS", () => {
  test("a certificate of one's own logs in, and no other", async () => {
    const [ann, bob] = [selfSigned("ann"), selfSigned("bob")];
    await using front = await startSecureFront(server.port, { client: ann });
    const place = { endpoint: `localhost:${front.port}`, caCert: front.certificate };
    const as = ({ certificate: clientCert, key: clientKey }: typeof ann) =>
      started({ ...place, clientCert, clientKey });
    expect((await as(ann)).state).toBe("SUCCESS");
    for (const refused of [await as(bob), await started(place)])
      expect(refused.message).toMatch(
        /^The connection failed at Temporal \(localhost:\d+\): .* Check `endpoint` and `tls`/,
      );
  });

  test("an API key logs in, and another one is refused and never shown", async () => {
    await using front = await startSecureFront(server.port, { apiKey: "s3cret" });
    const place = { endpoint: `localhost:${front.port}`, caCert: front.certificate };
    expect((await started({ ...place, apiKey: "s3cret" })).state).toBe("SUCCESS");
    const refused = await started({ ...place, apiKey: "an0ther" });
    expect(refused.message).toMatch(/: Request unauthorized\. Check `apiKey`, or `clientCert` and `clientKey`\.$/);
    expect(refused.told).not.toContain("an0ther");
  });

  test("the server must be who it says, under the name that is expected", async () => {
    await using front = await startSecureFront(server.port, {});
    const caCert = front.certificate;
    const byNumber = `127.0.0.1:${front.port}`;
    expect((await started({ endpoint: byNumber, caCert, serverName: "localhost" })).state).toBe("SUCCESS");
    expect((await started({ endpoint: byNumber, caCert })).state).toBe("FAILED");
    expect(
      (await started({ endpoint: `localhost:${front.port}`, caCert: selfSigned("localhost").certificate })).message,
    ).toMatch(/^The connection failed at Temporal/);
    expect((await started({ endpoint: `localhost:${front.port}`, tls: true })).message).toMatch(
      /self-signed certificate/,
    );
  });
});

test.each([
  [{ endpoint: "http://temporal:7233" }, "`endpoint` is no address of Temporal. Write it as host:7233"],
  [{ endpoint: "temporal:7233/x" }, "`endpoint` is no address of Temporal."],
  [{ endpoint: "" }, "`endpoint` is no address of Temporal."],
  [{ clientCert: "-----BEGIN CERTIFICATE-----" }, "`clientCert` and `clientKey` belong together"],
  [{ clientKey: "-----BEGIN PRIVATE KEY-----" }, "`clientCert` and `clientKey` belong together"],
  [{ clientCert: "/etc/tls.crt", clientKey: "s3cret" }, "`clientCert` is not PEM."],
  [{ caCert: "/etc/ca.crt" }, "`caCert` is not PEM."],
  [{ apiKey: "s3cret", tls: false }, "an `apiKey` is never sent without TLS"],
])("%j is refused before anything is sent", async (given, expected) => {
  const { message, told } = await started({ endpoint: "127.0.0.1:1", ...given });
  expect(message).toContain(expected);
  expect(told).not.toContain("s3cret");
});

test("a server that isn't there fails the task within seconds, with what to do", async () => {
  const { message } = await started({ endpoint: "127.0.0.1:1" });
  expect(message).toMatch(
    /^The connection failed at Temporal \(127\.0\.0\.1:1\): .*ECONNREFUSED 127\.0\.0\.1:1\. Check `endpoint` and `tls`, and whether/,
  );
});

test("a server that says nothing is waited for, but not for ever", async () => {
  await using silent = await startSilentServer();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  try {
    const outcome = started({ endpoint: `127.0.0.1:${silent.port}` });
    await silent.connected;
    await vi.advanceTimersByTimeAsync(CONNECT_MS_MAX);
    expect((await outcome).message).toMatch(/^The connection failed at Temporal .*\. See whether the server is well/);
  } finally {
    vi.useRealTimers();
  }
  await silent.left();
});

test("a kill ends the wait for a server that says nothing, and the connection", async () => {
  await using silent = await startSilentServer();
  const kill = new AbortController();
  const outcome = started({ endpoint: `127.0.0.1:${silent.port}` }, kill.signal);
  await silent.connected;
  kill.abort(new Error("the task was killed"));
  expect((await outcome).message).toBe("the task was killed");
  await silent.left();
});
