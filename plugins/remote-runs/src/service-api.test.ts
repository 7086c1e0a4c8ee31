import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { connectionOptions } from "./request-options.ts";
import { ask, type ServiceApi, type ServiceRequest } from "./service-api.ts";
import { type Answer, reply, startService } from "./testing/fake-service.ts";

/** What a request comes to, how often it was sent, and what was logged. */
async function asked(answers: readonly Answer[], more: Partial<ServiceRequest<z.ZodType>> = {}, signal?: AbortSignal) {
  await using service = await startService(undefined, { "GET /run": { answers } });
  const world = createTestWorld();
  const api: ServiceApi = {
    name: "The service",
    url: service.url,
    log: world.context<object>({ properties: z.object({}) } as never, {}).log,
    options: connectionOptions(undefined),
    patience: { attempts: 3, delayMs: 1 },
  };
  const request = { what: "The status", path: "/run", answer: () => z.object({ n: z.int() }), isRepeatable: true };
  const outcome = await ask(api, signal ?? AbortSignal.timeout(60_000), { ...request, ...more }).catch(
    (error: Error) => error.message,
  );
  return { outcome, times: service.received.length, warnings: world.logs.length };
}

test.each([408, 425, 429, 500, 502, 503, 504])(
  "a status %d passes: it is asked again, with a warning",
  async (status) => {
    expect(await asked([reply(status, "later"), { n: 1 }])).toEqual({ outcome: { n: 1 }, times: 2, warnings: 1 });
  },
);

test("what doesn't pass after so many tries is a failure", async () => {
  const { outcome, times } = await asked([reply(502, "bad gateway")]);
  expect(outcome).toBe("The status at The service failed with status 502 and the body: bad gateway");
  expect(times).toBe(3);
});

test.each([
  [401, "Check the credentials."],
  [403, "Check what the credentials allow."],
  [404, "Check the address and the ids."],
])("a status %d doesn't pass, and comes with what to do", async (status, advice) => {
  const outcome = `The status at The service failed with status ${status} and the body: no — ${advice}`;
  expect(await asked([reply(status, "no")])).toEqual({ outcome, times: 1, warnings: 0 });
});

test.each([500, 502, 504, 408])("what may have been started is not started again after a status %d", async (status) => {
  expect(await asked([reply(status)], { isRepeatable: false })).toMatchObject({ times: 1 });
});

test.each([429, 503])("a start that was not taken (%d) is sent again", async (status) => {
  expect(await asked([reply(status), { n: 2 }], { isRepeatable: false })).toMatchObject({
    outcome: { n: 2 },
    times: 2,
  });
});

test("what is no answer of the service is a failure that names the field", async () => {
  const { outcome, times } = await asked([{ m: 1 }]);
  expect(outcome).toMatch(/^The status at The service was answered with what The service doesn't answer \(`n`: /);
  expect(times).toBe(1);
});

test("a page in place of JSON is a failure at once", async () => {
  const { outcome, times } = await asked([reply(200, "<html>sign in</html>")]);
  expect(outcome).toContain("with what is no JSON: <html>sign in</html>");
  expect(times).toBe(1);
});

test("a kill ends the wait for the next try", async () => {
  const kill = new AbortController();
  const busy = () => {
    kill.abort(new Error("the task was killed"));
    return reply(503);
  };
  const { outcome, times } = await asked([busy], {}, kill.signal);
  expect(outcome).toMatch(/killed|aborted/);
  expect(times).toBe(1);
});
