import { expect, test } from "vitest";
import { startServer } from "../test-kit/local-server.ts";
import { textBody } from "./body.ts";
import { API_ANSWER_BYTES_MAX, type ApiCall, askApi, callApi } from "./call-api.ts";
import { exchangeOptions } from "./options.ts";

/** What a call of a server that answers so comes to, and what the server got. */
async function called(status: number, answer: string, call: Partial<ApiCall> = {}) {
  await using server = await startServer((_request, response) => response.writeHead(status).end(answer));
  const all = { what: "Counting", url: `${server.url}/count`, options: exchangeOptions({}), ...call };
  const outcome = await callApi(AbortSignal.timeout(60_000), all).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: (error as Error).message.replaceAll(server.url, "http://server") }),
  );
  const [request] = server.received;
  return { ...outcome, request };
}

test("a body is posted as JSON, and the answer is a value", async () => {
  const { request, ...outcome } = await called(200, '{"n": [1]}', { body: { of: "ä" }, headers: { "X-Key": "k" } });
  expect(outcome).toEqual({ value: { n: [1] } });
  expect(request).toMatchObject({ method: "POST", url: "/count", body: '{"of":"ä"}' });
  expect(request!.headers).toMatchObject({
    "content-type": "application/json",
    "x-key": "k",
    accept: "application/json",
  });
});

test("without a body it is asked with parameters", async () => {
  const { request } = await called(200, "1", { params: { query: 'a{b="c d"}', match: ["x", "y"] } });
  expect(request).toMatchObject({ method: "GET", url: "/count?query=a%7Bb%3D%22c+d%22%7D&match=x&match=y", body: "" });
});

test("what is no JSON is posted as it is", async () => {
  const { request } = await called(200, "1", { content: textBody("a,b", "text/csv") });
  expect(request).toMatchObject({ method: "POST", body: "a,b", headers: { "content-type": "text/csv" } });
});

test.each([
  [429, "Counting failed with status 429 and the body: no — Wait."],
  [500, "Counting failed with status 500 and the body: no"],
])("behind a status %d stands what to do, if that is known", async (status, error) => {
  const adviceFor = (answered: number) => (answered === 429 ? "Wait." : undefined);
  expect(await called(status, "no", { adviceFor })).toMatchObject({ error });
});

test("status and headers are there for whoever asks for them", async () => {
  await using server = await startServer((_request, response) =>
    response.writeHead(201, { "x-next-page": "2" }).end("[]"),
  );
  const call = { what: "Counting", url: server.url, options: exchangeOptions({}) };
  const { status, header, value } = await askApi(AbortSignal.timeout(60_000), call);
  expect([status, header("X-Next-Page"), header("x-other"), value]).toEqual([201, "2", undefined, []]);
});

test("advice may come from a header of the refusal", async () => {
  await using server = await startServer((_request, response) => response.writeHead(429, { "retry-after": "7" }).end());
  const adviceFor: ApiCall["adviceFor"] = (_status, header) => `Wait ${header("Retry-After")} s.`;
  const call = { what: "Counting", url: server.url, options: exchangeOptions({}), adviceFor };
  await expect(callApi(AbortSignal.timeout(60_000), call)).rejects.toThrow(
    "Counting failed with status 429 and no body — Wait 7 s.",
  );
});

test.each([
  [200, "[9007199254740993, 1.5]", undefined, { value: ["9007199254740993", 1.5] }],
  [204, "", undefined, { value: undefined }],
  [200, " ", undefined, { value: undefined }],
  [404, "no such", undefined, { error: "Counting failed with status 404 and the body: no such" }],
  [
    200,
    "<html>",
    undefined,
    {
      error:
        "Counting was answered by http://server/count with what is no JSON: <html> — check that the address is that of the API.",
    },
  ],
])("a status %d and %j", async (status, answer, _none, expected) => {
  const { request: _request, ...outcome } = await called(status, answer);
  expect(outcome).toEqual(expected);
});

test("an answer is read up to its limit, and no further", async () => {
  const fitting = `"${"x".repeat(API_ANSWER_BYTES_MAX - 2)}"`;
  expect(await called(200, fitting)).toMatchObject({ value: fitting.slice(1, -1) });
  const tooLarge = `Counting was answered with more than ${API_ANSWER_BYTES_MAX} bytes.`;
  expect(await called(200, `${fitting} `)).toMatchObject({ error: `${tooLarge} Ask for less at once.` });
  expect(await called(200, `${fitting} `, { lessAdvice: "Use LIMIT." })).toMatchObject({
    error: `${tooLarge} Use LIMIT.`,
  });
});

test("nothing is sent once it was aborted", async () => {
  const reason = new Error("killed");
  const signal = AbortSignal.abort(reason);
  const call = { what: "Counting", url: "http://127.0.0.1:1/", options: exchangeOptions({}), body: {} };
  await expect(callApi(signal, call)).rejects.toBe(reason);
});
