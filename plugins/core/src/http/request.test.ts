import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { connect } from "node:net";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { request } from "./request.ts";
import { BODY_BYTES_MAX } from "./response-text.ts";

describe("what is sent", () => {
  test("method, parameters, headers and a JSON body", async () => {
    await using server = await startServer((_request, response) => response.end("ok"));
    await using world = createTestWorld({ variables: { id: 7 } });
    await world.run(request, {
      uri: `${server.url}/a b?x=1`,
      method: "post",
      params: { tag: ["a", "b c"], id: "{{ id }}" },
      headers: { "X-{{ id }}": "{{ id }}", "X-Many": ["1", "2"] },
      body: '{"id": {{ id }}}',
    });
    expect(server.received).toMatchObject([
      {
        method: "POST",
        url: "/a%20b?x=1&tag=a&tag=b+c&id=7",
        headers: { "x-7": "7", "x-many": "1, 2", "content-type": "application/json", "content-length": "9" },
        body: '{"id": 7}',
      },
    ]);
  });

  test.each([
    ["POST", {}, undefined],
    ["POST", { idempotencyKey: "TASK_RUN" }, "taskrun1"],
    ["post", { idempotencyKey: "ATTEMPT" }, "taskrun1-1"],
    ["DELETE", { idempotencyKey: "{{ kind }}" }, "taskrun1"],
    ["PUT", { idempotencyKey: "TASK_RUN", headers: { "idempotency-key": "my own" } }, "my own"],
    ["GET", { idempotencyKey: "TASK_RUN" }, undefined],
  ])("%s with %j has the idempotency key %s", async (method, properties, expected) => {
    await using server = await startServer((_request, response) => response.end());
    await using world = createTestWorld({ variables: { kind: "TASK_RUN" } });
    await world.run(request, { uri: server.url, method, ...properties });
    expect(server.received[0]?.headers["idempotency-key"]).toBe(expected);
  });

  test("an own content type, as property or as header", async () => {
    await using server = await startServer((_request, response) => response.end());
    await using world = createTestWorld();
    const common = { uri: server.url, method: "PUT", body: "x" };
    await world.run(request, { ...common, contentType: "text/csv" });
    await world.run(request, { ...common, headers: { "content-type": "text/plain" } });
    expect(server.received.map(({ headers }) => headers["content-type"])).toEqual(["text/csv", "text/plain"]);
  });

  test("a form, url-encoded", async () => {
    await using server = await startServer((_request, response) => response.end());
    await using world = createTestWorld();
    await world.run(request, { uri: server.url, method: "POST", formData: { user: "Ä b", n: 1 } });
    expect(server.received[0]).toMatchObject({
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "user=%C3%84+b&n=1",
    });
  });

  test("a multipart form with stored files", async () => {
    await using server = await startServer((_request, response) => response.end());
    await using world = createTestWorld();
    const uri = world.files.seed("kestra:///x/report.csv", "1,2");
    await world.run(request, {
      uri: server.url,
      method: "POST",
      contentType: "multipart/form-data",
      formData: {
        user: "me",
        file: uri,
        named: { name: "my.txt", content: uri },
        inline: { name: "in.txt", content: "hi" },
      },
    });
    const { headers, body } = server.received[0]!;
    expect(headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    expect(headers["content-length"]).toBe(String(body.length));
    const form = await new Response(body, { headers: { "content-type": headers["content-type"]! } }).formData();
    expect(form.get("user")).toBe("me");
    const files = ["file", "named", "inline"].map((name) => form.get(name) as File);
    expect(files.map(({ name }) => name)).toEqual(["report.csv", "my.txt", "in.txt"]);
    expect(await Promise.all(files.map((file) => file.text()))).toEqual(["1,2", "1,2", "hi"]);
  });

  test.each([
    ["of today", { auth: { type: "BASIC", username: "u", password: "p" } }, "Basic dTpw"],
    ["of older versions", { basicAuthUser: "u", basicAuthPassword: "p" }, "Basic dTpw"],
    ["with a token", { auth: { type: "BEARER", token: "t" } }, "Bearer t"],
  ])("credentials %s", async (_name, options, expected) => {
    await using server = await startServer((_request, response) => response.end());
    await using world = createTestWorld();
    await world.run(request, { uri: server.url, options });
    expect(server.received[0]!.headers.authorization).toBe(expected);
  });

  test("credentials as a digest, once the server asks", async () => {
    await using server = await startServer((incoming, response) => {
      const isKnown = incoming.headers.authorization?.startsWith('Digest username="u"') ?? false;
      if (!isKnown) response.writeHead(401, { "WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"' });
      response.end(isKnown ? "in" : "out");
    });
    await using world = createTestWorld();
    const options = { auth: { type: "DIGEST", username: "u", password: "p" } };
    const outcome = await world.run(request, { uri: server.url, method: "POST", body: "again", options });
    expect(outcome.outputs).toMatchObject({ code: 200, body: "in" });
    expect(server.received.map(({ body }) => body)).toEqual(["again", "again"]);
  });
});

describe("what comes back", () => {
  test("address, status, headers as lists, and the body as text", async () => {
    await using server = await startServer((_request, response) =>
      response.writeHead(201, { "X-One": "1", "X-Two": ["a", "b"] }).end('{"a":1}'),
    );
    await using world = createTestWorld();
    expect((await world.run(request, { uri: `${server.url}/x` })).outputs).toMatchObject({
      uri: `${server.url}/x`,
      code: 201,
      headers: { "X-One": ["1"], "X-Two": ["a", "b"] },
      body: '{"a":1}',
    });
  });

  test("no body output for an empty body", async () => {
    await using server = await startServer((_request, response) => response.writeHead(204).end());
    await using world = createTestWorld();
    expect((await world.run(request, { uri: server.url })).outputs).not.toHaveProperty("body");
  });

  test("a compressed body is unpacked", async () => {
    await using server = await startServer((_request, response) =>
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("packed")),
    );
    await using world = createTestWorld();
    expect((await world.run(request, { uri: server.url })).outputs).toMatchObject({ body: "packed" });
  });

  test("a body in another encoding, told by the server or by default", async () => {
    await using server = await startServer((incoming, response) => {
      if (incoming.url === "/told") response.setHeader("Content-Type", "text/plain; charset=iso-8859-1");
      response.end(Buffer.from("ä", "latin1"));
    });
    await using world = createTestWorld();
    expect((await world.run(request, { uri: `${server.url}/told` })).outputs).toMatchObject({ body: "ä" });
    const options = { defaultCharset: "ISO-8859-1" };
    expect((await world.run(request, { uri: server.url, options })).outputs).toMatchObject({ body: "ä" });
    expect((await world.run(request, { uri: server.url })).message).toContain("is no text in UTF-8");
  });

  test("a body may have 19 MB and not one byte more", async () => {
    await using server = await startServer((incoming, response) => {
      const size = Number(incoming.url!.slice(1));
      response.write(Buffer.alloc(1_000, "x"));
      response.end(Buffer.alloc(size - 1_000, "x"));
    });
    await using world = createTestWorld();
    const most = await world.run(request, { uri: `${server.url}/${BODY_BYTES_MAX}` });
    expect(String(most.outputs?.["body"])).toHaveLength(BODY_BYTES_MAX);
    expect((await world.run(request, { uri: `${server.url}/${BODY_BYTES_MAX + 1}` })).message).toContain(
      "larger than 19 MB",
    );
  });

  test("an encrypted body needs the server's key", async () => {
    await using server = await startServer((_request, response) => response.end("secret"));
    await using without = createTestWorld();
    const properties = { uri: server.url, encryptBody: true };
    expect((await without.run(request, properties)).message).toContain("needs an encryption key");
    await using world = createTestWorld({ encrypt: async (plainText) => ({ value: plainText.length }) });
    const { outputs } = await world.run(request, properties);
    expect(outputs).toMatchObject({ encryptedBody: { value: 6 } });
    expect(outputs).not.toHaveProperty("body");
  });
});

describe("failures", () => {
  const answers404 = () => startServer((_request, response) => response.writeHead(404).end("nothing here"));

  test("a status from 400 on fails and shows the answer, without the query", async () => {
    await using server = await answers404();
    await using world = createTestWorld();
    const { state, message } = await world.run(request, { uri: `${server.url}/x?token=1` });
    expect(state).toBe("FAILED");
    expect(message).toBe(`GET ${server.url}/x failed with status 404 and the body: nothing here`);
  });

  test.each([{ allowFailed: true }, { options: { allowFailed: true } }, { options: { allowedResponseCodes: [404] } }])(
    "it is fine with %j",
    async (properties) => {
      await using server = await answers404();
      await using world = createTestWorld();
      expect((await world.run(request, { uri: server.url, ...properties })).outputs).toMatchObject({ code: 404 });
    },
  );

  test("with allowed codes, even 200 fails when it is not among them", async () => {
    await using server = await startServer((_request, response) => response.end());
    await using world = createTestWorld();
    expect((await world.run(request, { uri: server.url, options: { allowedResponseCodes: [404] } })).state).toBe(
      "FAILED",
    );
  });

  test("an address that is none", async () => {
    await using world = createTestWorld();
    for (const uri of ["example.com", "ftp://example.com", "http://"])
      expect((await world.run(request, { uri })).message).toContain(`"${uri}" is no address of a server`);
  });

  test("a server that isn't there", async () => {
    const server = await startServer((_request, response) => response.end());
    await server[Symbol.asyncDispose]();
    await using world = createTestWorld();
    expect((await world.run(request, { uri: server.url })).message).toContain("the connection was refused");
  });

  test("a server that is silent for too long", async () => {
    await using server = await startServer(() => undefined);
    await using world = createTestWorld();
    const options = { timeout: { readIdleTimeout: "PT0.05S" } };
    expect((await world.run(request, { uri: server.url, options })).message).toContain("silent for 50 ms");
  });

  test("a kill ends the wait", async () => {
    const kill = new AbortController();
    await using server = await startServer(() => kill.abort(new Error("killed")));
    await using world = createTestWorld({ signal: kill.signal });
    expect((await world.run(request, { uri: server.url })).message).toBe("killed");
  });
});

describe("redirects", () => {
  const redirecting = (status: number) =>
    startServer((incoming, response) => {
      if (incoming.url === "/end") response.end("there");
      else response.writeHead(status, { Location: "/end" }).end();
    });

  test.each([
    [301, "GET", ""],
    [303, "GET", ""],
    [307, "POST", "body"],
    [308, "POST", "body"],
  ])("%i leads on as %s", async (status, method, body) => {
    await using server = await redirecting(status);
    await using world = createTestWorld();
    const outcome = await world.run(request, { uri: server.url, method: "POST", body: "body" });
    expect(outcome.outputs).toMatchObject({ code: 200, uri: `${server.url}/end`, body: "there" });
    expect(server.received[1]).toMatchObject({ method, body });
  });

  test("can be left alone", async () => {
    await using server = await redirecting(302);
    await using world = createTestWorld();
    const outcome = await world.run(request, { uri: server.url, options: { followRedirects: false } });
    expect(outcome.outputs).toMatchObject({ code: 302, headers: { Location: ["/end"] } });
  });

  test("without an end are given up", async () => {
    await using server = await startServer((_request, response) => response.writeHead(302, { Location: "/" }).end());
    await using world = createTestWorld();
    expect((await world.run(request, { uri: server.url })).message).toContain("more than 20 redirects");
    expect(server.received).toHaveLength(21);
  });

  test("to another server don't carry the credentials", async () => {
    await using other = await startServer((_request, response) => response.end());
    await using server = await startServer((_request, response) =>
      response.writeHead(302, { Location: other.url }).end(),
    );
    await using world = createTestWorld();
    await world.run(request, { uri: server.url, options: { auth: { type: "BEARER", token: "t" } } });
    expect(server.received[0]!.headers.authorization).toBe("Bearer t");
    expect(other.received[0]!.headers.authorization).toBeUndefined();
  });

  test.each([
    ["X-Api-Key", undefined],
    ["PRIVATE-TOKEN", undefined],
    ["apikey", undefined],
    ["X-Auth", undefined],
    ["Cookie", undefined],
    ["X-Vault-Token", undefined],
    ["Ocp-Apim-Subscription-Key", undefined],
    ["X-Keyword", "v"],
    ["Idempotency-Key", "v"],
    ["Accept", "v"],
  ])("to another server carry the header %s as %s", async (name, expected) => {
    await using other = await startServer((_request, response) => response.end("ok"));
    await using server = await startServer((_request, response) =>
      response.writeHead(302, { Location: other.url }).end(),
    );
    await using world = createTestWorld();
    await world.run(request, { uri: server.url, headers: { [name]: "v" } });
    expect(server.received[0]!.headers[name.toLowerCase()]).toBe("v");
    expect(other.received[0]!.headers[name.toLowerCase()]).toBe(expected);
  });
});

test("a proxy is used, with its credentials", async () => {
  await using server = await startServer((_request, response) => response.end("through"));
  const asked: string[] = [];
  const proxy = createServer((incoming, response) => {
    asked.push(`${incoming.url} ${incoming.headers["proxy-authorization"]}`);
    const { hostname, port, pathname } = new URL(incoming.url!);
    const socket = connect(Number(port), hostname, () => {
      socket.end(`GET ${pathname} HTTP/1.0\r\nHost: ${hostname}\r\n\r\n`);
    });
    socket.pipe(response.socket!);
  });
  proxy.listen(0, "127.0.0.1");
  await new Promise((resolve) => {
    proxy.once("listening", resolve);
  });
  await using world = createTestWorld();
  const { port } = proxy.address() as { port: number };
  const options = { proxy: { type: "HTTP", address: "127.0.0.1", port, username: "u", password: "p" } };
  const outcome = await world.run(request, { uri: `${server.url}/x`, options });
  proxy.closeAllConnections();
  proxy.close();
  expect(outcome.outputs).toMatchObject({ code: 200, body: "through" });
  expect(asked).toEqual([`${server.url}/x Basic dTpw`]);
});

test("logs show the parts asked for, without credentials", async () => {
  await using server = await startServer((_request, response) => response.end("answer"));
  await using world = createTestWorld();
  const logs = ["REQUEST_HEADERS", "REQUEST_BODY", "RESPONSE_HEADERS", "RESPONSE_BODY"];
  const headers = { Authorization: "secret", "X-Plain": "shown" };
  await world.run(request, { uri: server.url, method: "POST", body: "question", headers, options: { logs } });
  expect(world.logs).toHaveLength(4);
  const text = world.logs.map(({ message }) => message).join("\n");
  expect(text).toContain("Authorization: ******\nX-Plain: shown\nquestion\nStatus 200");
  expect(text).toContain("answer");
  expect(text).not.toContain("secret");
});
