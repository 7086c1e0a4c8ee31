import { expect, test } from "vitest";
import { pino } from "pino";
import { callerName } from "./credential.ts";
import { NOW, setup } from "../testing/setup.ts";

const basic = { username: "admin@example.org", password: "correct horse 1" };
const token = "0123456789-a-token-of-a-pipeline";
const PATH = "/flows/search";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const pair = base64(`${basic.username}:${basic.password}`);

async function guarded(options: Parameters<typeof setup>[0] = {}) {
  const bundle = await setup({ authentication: { basic, tokens: [token, `${token}-2`] }, ...options });
  const get = async (headers: Record<string, string>, remoteAddress = "127.0.0.1") => {
    const url = `/api/v1/main${PATH}`;
    const { statusCode, headers: answered, body } = await bundle.server.inject({ url, headers, remoteAddress });
    return { status: statusCode, headers: answered, text: body };
  };
  return { ...bundle, get };
}

test.each([
  ["basic authentication", { authorization: `Basic ${pair}` }],
  ["basic authentication, its name in other letters", { authorization: `bAsIc  ${pair}` }],
  ["a token", { authorization: `Bearer ${token}` }],
  ["another token", { authorization: `bearer ${token}-2` }],
  ["a token in a cookie", { cookie: `theme=dark; JWT=${token}` }],
  ["a pair in a cookie", { cookie: `BASIC_AUTH=${pair}` }],
  ["an encoded pair in a cookie", { cookie: `BASIC_AUTH=${encodeURIComponent(pair)}; theme=dark` }],
  ["a quoted cookie", { cookie: `BASIC_AUTH="${pair}"` }],
  ["a cookie beside an empty pair in the header", { authorization: "Basic Og==", cookie: `JWT=${token}` }],
])("%s is accepted", async (_what, headers) => {
  const { get } = await guarded();
  expect((await get(headers)).status).toBe(200);
});

test.each([
  ["nothing", {}],
  ["an empty pair", { authorization: "Basic Og==" }],
  ["no base64", { authorization: "Basic ?" }],
  ["the password alone", { authorization: `Basic ${base64(basic.password)}` }],
  ["the password in other letters", { authorization: `Basic ${pair.toLowerCase()}` }],
  ["a part of a token", { authorization: `Bearer ${token.slice(1)}` }],
  ["a token as a password", { authorization: `Basic ${base64(token)}` }],
  ["a pair as a token", { authorization: `Bearer ${basic.username}:${basic.password}` }],
  ["a pair in the cookie of tokens", { cookie: `JWT=${pair}` }],
  ["a token in the cookie of pairs", { cookie: `BASIC_AUTH=${base64(token)}` }],
  ["another scheme", { authorization: `Digest ${token}` }],
  ["a broken cookie", { cookie: "BASIC_AUTH=%E0%A4%A; JWT" }],
  ["a wrong header beside a right cookie", { authorization: "Bearer wrong", cookie: `JWT=${token}` }],
])("%s is refused, with the ways to be accepted", async (_what, headers) => {
  const { get } = await guarded();
  const answer = await get(headers);
  expect(answer.status).toBe(401);
  expect(answer.headers["www-authenticate"]).toBe('Basic realm="Capstan", charset="UTF-8", Bearer realm="Capstan"');
});

test("where there are only tokens, or only a password, the other is refused", async () => {
  const tokens = await guarded({ authentication: { tokens: [token] } });
  expect((await tokens.get({ authorization: `Bearer ${token}` })).status).toBe(200);
  expect(await tokens.get({})).toMatchObject({
    status: 401,
    text: expect.stringContaining("Send a token as a Bearer credential"),
    headers: { "www-authenticate": 'Bearer realm="Capstan"' },
  });
  const password = await guarded({ authentication: { basic } });
  expect((await password.get({ authorization: `Basic ${pair}` })).status).toBe(200);
  expect((await password.get({ authorization: `Bearer ${token}` })).status).toBe(401);
});

test("where everybody may call, any credential will do", async () => {
  const { get } = await guarded({ authentication: undefined });
  for (const authorization of ["Basic Og==", "Bearer wrong", "Digest x"])
    expect((await get({ authorization })).status).toBe(200);
});

test("an address that guesses has to wait; the owner of the password is let in from elsewhere", async () => {
  let now = NOW;
  const { get } = await guarded({ limits: { wrongCredentialsMax: 3 }, now: () => now });
  const guess = (word: string, address: string) => get({ authorization: `Bearer ${word}` }, address);
  for (const word of ["a", "b", "c"]) expect((await guess(word, "10.0.0.1")).status).toBe(401);
  const throttled = await guess("d", "10.0.0.1");
  expect([throttled.status, throttled.headers["retry-after"]]).toEqual([429, "20"]);
  expect(throttled.text).toContain("try again in 20 s");
  // Nothing tells a guesser which one is right.
  expect((await get({ authorization: `Bearer ${token}` }, "10.0.0.1")).status).toBe(429);
  expect((await get({ cookie: `BASIC_AUTH=${pair}` }, "10.0.0.1")).status).toBe(429);
  expect((await get({}, "10.0.0.1")).status).toBe(401);
  expect((await get({ authorization: `Bearer ${token}` }, "10.0.0.2")).status).toBe(200);
  now += 20_000;
  expect((await get({ authorization: `Bearer ${token}` }, "10.0.0.1")).status).toBe(200);
});

test("guesses through a proxy are those of who stands behind it", async () => {
  const options = { limits: { wrongCredentialsMax: 1 }, trustedProxies: ["10.0.0.0/8"] };
  const { get } = await guarded(options);
  const through = (client: string, word: string, proxy = "10.1.2.3") =>
    get({ authorization: `Bearer ${word}`, "x-forwarded-for": `6.6.6.6, ${client}` }, proxy);
  expect((await through("192.0.2.1", "wrong")).status).toBe(401);
  expect((await through("192.0.2.1", token)).status).toBe(429);
  expect((await through("192.0.2.2", token)).status).toBe(200);
  // What an address that is no proxy says of itself counts for nothing.
  expect((await through("192.0.2.8", "wrong", "192.0.2.66")).status).toBe(401);
  expect((await through("192.0.2.9", token, "192.0.2.66")).status).toBe(429);
});

test("guesses that another member passes on are those of who stands behind it", async () => {
  const isTrusted = (address: string) => address === "10.9.9.9";
  const { get } = await guarded({ limits: { wrongCredentialsMax: 1 }, trustedProxies: [], isTrusted });
  const through = (client: string, word: string, member: string) =>
    get({ authorization: `Bearer ${word}`, "x-forwarded-for": client }, member);
  expect((await through("192.0.2.1", "wrong", "10.9.9.9")).status).toBe(401);
  expect((await through("192.0.2.1", token, "10.9.9.9")).status).toBe(429);
  expect((await through("192.0.2.2", token, "10.9.9.9")).status).toBe(200);
});

test("no credential is said in an answer or in the log", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line) => void lines.push(line) });
  const { get, call, runtime } = await guarded({ logger });
  runtime.store.flows.search = () => Promise.reject(new Error("broken"));
  const failed = await get({ authorization: `Bearer ${token}` });
  const wrong = await get({ authorization: `Basic ${base64("ada:hunter2")}` });
  const login = await call("POST", "/api/v1/login", { username: "ada", password: "hunter2" });
  expect([failed.status, wrong.status, login.status]).toEqual([500, 401, 401]);
  const said = [failed.text, wrong.text, login.text, ...lines].join("\n");
  expect(said).toContain("a request failed");
  for (const secret of [token, "hunter2", base64("ada:hunter2")]) expect(said).not.toContain(secret);
});

test("the name of a caller is the one that it shows with a password", () => {
  expect(callerName({ authorization: `Basic ${pair}` })).toBe(basic.username);
  expect(callerName({ cookie: `BASIC_AUTH=${pair}` })).toBe(basic.username);
  expect(callerName({ authorization: `Bearer ${token}` })).toBeUndefined();
  expect(callerName({})).toBeUndefined();
});
