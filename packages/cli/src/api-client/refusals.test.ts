import { expect, test } from "vitest";
import { refusalOf, silenceOf } from "./refusals.ts";

const ADDRESS = new URL("https://host:8443/api/v1/main/flows/search");
const silence = (code: string) =>
  silenceOf(ADDRESS, new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) }));

test.each([
  ["ECONNREFUSED", /start one with "capstan server"/],
  ["ENOTFOUND", /nobody knows the name host/],
  ["ERR_SSL_WRONG_VERSION_NUMBER", /write http:\/\/host:8443$/],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", /NODE_EXTRA_CA_CERTS/],
  ["EHOSTUNREACH", /--server or CAPSTAN_SERVER$/],
])("%s comes with its remedy", (code, remedy) => {
  expect(silence(code)).toMatchObject({ exitCode: 1, message: expect.stringMatching(remedy) });
  expect(silence(code).message).toContain(`no server answers at https://host:8443 (${code})`);
});

test("a page that is no answer of Capstan is told as a wrong address", async () => {
  const mistake = await refusalOf(new Response("<html>", { status: 404 }), ADDRESS, false);
  expect(mistake.message).toMatch(/answers 404 .*no API of Capstan — name the server/);
});

test("a refusal is said once, in the server's words", async () => {
  const body = JSON.stringify({ code: "inputs-invalid", detail: "bad size\nbad size\nbad name" });
  const mistake = await refusalOf(new Response(body, { status: 422 }), ADDRESS, false);
  expect(mistake).toMatchObject({ exitCode: 2, message: "422 bad size\nbad name — give inputs with --input id=value" });
});

test("an execution that is not there is told with the way to find one", async () => {
  const body = JSON.stringify({ code: "execution-not-found", detail: "There is no execution x" });
  const mistake = await refusalOf(new Response(body, { status: 404 }), ADDRESS, false);
  expect(mistake.message).toBe("404 There is no execution x — capstan execution list shows what the server has");
});

test("a wrong password is told apart from none", async () => {
  const refuse = (isIdentified: boolean) =>
    refusalOf(
      new Response(JSON.stringify({ code: "unauthenticated", detail: "No" }), { status: 401 }),
      ADDRESS,
      isIdentified,
    );
  expect((await refuse(false)).message).toMatch(/^401 No — give --user name:password or CAPSTAN_USER, or a token/);
  expect((await refuse(true)).message).toContain("does not accept what was sent");
});
