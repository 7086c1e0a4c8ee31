import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { LazyMap } from "@capstan/expression";
import { expect, onTestFinished, test } from "vitest";
import { createEgressGuard } from "../egress/egress-guard.ts";
import { httpCall } from "./http.ts";

async function serve() {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      response.statusCode = url?.startsWith("/fail") === true ? 503 : 200;
      const types: Record<string, string> = { "/text": "text/plain", "/yaml": "application/x-yaml" };
      response.setHeader("content-type", types[url ?? ""] ?? "application/json");
      const body = Buffer.concat(chunks).toString();
      if (url === "/moved") response.writeHead(302, { location: "/text" });
      response.end(
        url === "/broken"
          ? "{"
          : url === "/text"
            ? "plain"
            : url === "/yaml"
              ? (headers["x-answer"] ?? "list:\n- a\n")
              : JSON.stringify({
                  method,
                  url,
                  body,
                  type: headers["content-type"],
                  own: headers["x-own"],
                  authorization: headers.authorization,
                  accept: headers.accept,
                }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("sends what it is given and parses JSON", async () => {
  const uri = await serve();
  const given = {
    uri,
    method: "post",
    query: { q: "a b", many: [1, 2] },
    body: { x: 1 },
    headers: { "x-own": ["yes", "no"] },
  };
  expect(await httpCall(given)).toEqual({
    method: "POST",
    url: "/?q=a+b&many=1&many=2",
    body: '{"x":1}',
    type: "application/json",
    own: "yes, no",
    accept: "application/json",
  });
  expect(await httpCall({ uri: `${uri}/text`, accept: "text/plain" })).toBe("plain");
  expect(await httpCall({ uri: `${uri}/yaml` })).toEqual({ list: ["a"] });
  await expect(httpCall({ uri: `${uri}/yaml`, headers: { "x-answer": "a: {" } })).rejects.toThrow("that is not YAML");
});

test("sends a map as a form where that is its type, and maps of the language whole", async () => {
  const uri = await serve();
  class Outputs extends LazyMap {
    override get = (key: string): unknown => (key === "id" ? 2n ** 60n : undefined);
    override keys = (): string[] => ["id"];
  }
  const contentType = "application/x-www-form-urlencoded";
  expect(await httpCall({ uri, method: "POST", contentType, body: { a: "b c", d: [1] } })).toMatchObject({
    body: "a=b+c&d=%5B1%5D",
    type: contentType,
  });
  expect(await httpCall({ uri, method: "POST", body: new Outputs() })).toMatchObject({
    body: '{"id":1152921504606846976}',
  });
});

test("authenticates and follows redirects as its options say", async () => {
  const uri = await serve();
  const basic = { auth: { type: "BASIC", username: "ada", password: "pw" } };
  expect(await httpCall({ uri, options: basic })).toMatchObject({ authorization: "Basic YWRhOnB3" });
  const bearer = { auth: { type: "BEARER", token: "t" } };
  expect(await httpCall({ uri, options: bearer })).toMatchObject({ authorization: "Bearer t" });
  expect(await httpCall({ uri: `${uri}/moved` })).toBe("plain");
  expect(await httpCall({ uri: `${uri}/moved`, options: { followRedirects: false } })).toMatchObject({ url: "/moved" });
});

test("fails with the status and without the query, which may hold secrets", async () => {
  const uri = await serve();
  await expect(httpCall({ uri: `${uri}/fail?key=hidden` })).rejects.toThrow(`GET ${uri}/fail answered 503`);
  await expect(httpCall({ uri: `${uri}/broken` })).rejects.toThrow("answered with a text that is not JSON");
  await expect(httpCall({ uri: "http://127.0.0.1:1/x" })).rejects.toThrow(/GET http:\/\/127.0.0.1:1\/x failed: /u);
});

test("takes a status that is allowed for an answer, and refuses others", async () => {
  const uri = await serve();
  expect(await httpCall({ uri: `${uri}/fail`, options: { allowFailed: true } })).toMatchObject({ url: "/fail" });
  expect(await httpCall({ uri: `${uri}/fail`, options: { allowedResponseCodes: [503] } })).toMatchObject({
    url: "/fail",
  });
  await expect(httpCall({ uri, options: { allowedResponseCodes: [503] } })).rejects.toThrow("answered 200");
});

test.each([
  [{ proxy: {} }, "http() has no option `proxy`"],
  [{ auth: { type: "DIGEST" } }, "must be BASIC or BEARER"],
  [{ timeout: { readIdleTimeout: "soon" } }, "must hold a duration"],
  ["x", "the argument `options` must be a map"],
])("refuses the options %j", async (options, reason) => {
  await expect(httpCall({ uri: "http://127.0.0.1:1", options })).rejects.toThrow(reason);
});

test("connects only to where it may, also when it is led elsewhere", async () => {
  const uri = await serve();
  const port = new URL(uri).port;
  const guard = (allow: string[]) => createEgressGuard({ allow, deny: [], privateNetworks: "deny" });
  expect(await httpCall({ uri: `${uri}/text` }, guard([`127.0.0.1:${port}`]))).toBe("plain");
  await expect(httpCall({ uri: `${uri}/text` }, guard(["*"]))).rejects.toThrow("egress.privateNetworks is deny");
  const elsewhere = createServer((_request, response) => response.writeHead(302, { location: uri }).end());
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void elsewhere.close());
  const first = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  await expect(httpCall({ uri: `http://${first}` }, guard([first]))).rejects.toThrow(`127.0.0.1:${port} is no address`);
});
