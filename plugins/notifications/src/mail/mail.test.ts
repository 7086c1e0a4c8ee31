import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import { type AddressObject, type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, expect, test } from "vitest";
import { mailExecution } from "./mail-execution.ts";
import { mailSend } from "./mail-send.ts";

interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ParsedMail[];
  /** Who got each, as the server was told. */
  readonly recipients: readonly string[];
  /** How often somebody logged in. */
  readonly logins: readonly string[];
}

/** One that nobody trusts. */
const CERTIFICATE = mkdtempSync(join(tmpdir(), "capstan-mail-"));
const [keyFile, certFile] = ["key.pem", "cert.pem"].map((name) => join(CERTIFICATE, name)) as [string, string];
const REQUEST = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=mail.test".split(" ");
execFileSync("openssl", [...REQUEST, "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
afterAll(() => rmSync(CERTIFICATE, { recursive: true }));

/** A real mail server on a free port of this machine, with a certificate that nobody trusts. */
async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ParsedMail[] = [];
  const recipients: string[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    key: readFileSync(keyFile),
    cert: readFileSync(certFile),
    authOptional: true,
    authMethods: ["PLAIN", "XOAUTH2"],
    onAuth: ({ method, username, password, accessToken }, _session, answer) => {
      const isRight = method === "XOAUTH2" ? accessToken === "t0ken" : username === "ada" && password === "s3cret";
      if (isRight) logins.push(`${method} ${username}`);
      answer(isRight ? null : new Error("no such user"), isRight ? { user: username ?? "" } : undefined);
    },
    onRcptTo: ({ address }, _session, answer) => {
      if (address.startsWith("nobody")) return answer(new Error("no such mailbox"));
      recipients.push(address);
      return answer();
    },
    onData: (stream, _session, answer) => {
      const take = async () => mails.push(await simpleParser(stream));
      take().then(() => answer(), answer);
    },
    ...options,
  });
  server.on("error", () => undefined); // A client may go away.
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    recipients,
    logins,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

const addressesOf = (field: AddressObject | AddressObject[] | undefined) =>
  [field ?? []].flat().map(({ text }) => text);

async function sent(
  server: { readonly port: number },
  properties: JsonMap,
  task: TaskDefinition = mailSend,
  options: TestOptions = {},
) {
  await using world = createTestWorld(options);
  world.executions.stored = [
    {
      id: "e1",
      namespace: "company.team",
      flowId: "nightly",
      state: "FAILED",
      startDate: 0,
      endDate: 65_000,
      url: "https://flows.example/e1?a=1&b=2",
      firstFailed: { taskId: "a", state: "FAILED", error: "no <space>" },
    },
  ];
  const file = await world.files.put("a.csv", "a,b\n");
  const common = { host: "127.0.0.1", port: server.port, from: "capstan@example.com", to: "team@example.com" };
  const all = JSON.parse(JSON.stringify({ ...common, ...properties }).replaceAll("FILE", file)) as JsonMap;
  const { state, message, outputs } = await world.run(task, all);
  return { state, message, outputs, masked: world.masked, logs: world.logs };
}

const PLAIN = { transportStrategy: "SMTP", plainTextContent: "Hello" };
const UNCHECKED = { verifyServerIdentity: false };

test("a mail goes to all who are named, with its text, its HTML and its files", async () => {
  await using server = await startMailServer({ disabledCommands: ["STARTTLS"] });
  const { state, outputs } = await sent(server, {
    ...PLAIN,
    to: "Team <team@example.com>, ops@example.com",
    cc: "boss@example.com",
    subject: "Grüße",
    htmlTextContent: '<p>It is <b>done</b> <img src="cid:logo"></p>',
    attachments: [{ name: "a.csv", uri: "FILE", contentType: "text/csv" }],
    embeddedImages: [{ name: "logo", uri: "FILE", contentType: "image/png" }],
  });
  expect([state, outputs]).toEqual(["SUCCESS", { response: expect.stringMatching(/^250 /) }]);
  const [mail] = server.mails;
  expect(mail).toMatchObject({ subject: "Grüße", text: "Hello" });
  expect([addressesOf(mail!.from), addressesOf(mail!.to), addressesOf(mail!.cc)]).toEqual([
    ["capstan@example.com"],
    ['"Team" <team@example.com>, ops@example.com'],
    ["boss@example.com"],
  ]);
  expect(server.recipients).toEqual(["team@example.com", "ops@example.com", "boss@example.com"]);
  expect(mail!.html).toContain("It is <b>done</b>");
  expect(
    mail!.attachments.map(({ filename, contentType, cid, content }) => [
      filename,
      contentType,
      cid,
      content.toString(),
    ]),
  ).toEqual([
    ["logo", "image/png", "logo", "a,b\n"],
    ["a.csv", "text/csv", undefined, "a,b\n"],
  ]);
});

test.each([
  ['[{"name": "a.csv", "uri": "FILE"}]', "a,b\n"],
  [[], undefined],
  ["", undefined],
])("files may be written as %j", async (attachments, expected) => {
  await using server = await startMailServer();
  await sent(server, { ...PLAIN, ...UNCHECKED, attachments });
  expect(server.mails[0]?.attachments[0]?.content.toString()).toBe(expected);
});

test("a mail in HTML alone has a text that says so", async () => {
  await using server = await startMailServer();
  await sent(server, { ...UNCHECKED, transportStrategy: "SMTP", htmlTextContent: "<p>x</p>" });
  expect(server.mails[0]?.text).toContain("written in HTML");
});

test.each([
  ["SMTPS", { secure: true }],
  ["SMTP_TLS", {}],
  ["SMTP", {}],
])("with %s it logs in over TLS", async (transportStrategy, options) => {
  await using server = await startMailServer(options);
  const login = { username: "ada", password: "s3cret", transportStrategy, plainTextContent: "x" };
  expect((await sent(server, { ...login, ...UNCHECKED })).state).toBe("SUCCESS");
  expect((await sent(server, { ...login, trustedHosts: ["127.0.0.1"] })).state).toBe("SUCCESS");
  expect(server.logins).toEqual(["PLAIN ada", "PLAIN ada"]);
  const { state, message } = await sent(server, login);
  expect([state, server.mails.length]).toEqual(["FAILED", 2]);
  expect(message).toMatch(/^The mail was not taken by 127\.0\.0\.1: .*NODE_EXTRA_CA_CERTS/);
});

test("a token logs in as well", async () => {
  await using server = await startMailServer();
  const properties = { ...UNCHECKED, transportStrategy: "SMTP_OAUTH2", username: "ada", plainTextContent: "x" };
  expect((await sent(server, { ...properties, accessToken: "t0ken" })).state).toBe("SUCCESS");
  expect(server.logins).toEqual(["XOAUTH2 ada"]);
  expect((await sent(server, properties)).message).toBe("SMTP_OAUTH2 needs `username` and `accessToken`.");
});

test("without TLS nothing is said to a server where it is asked for", async () => {
  await using server = await startMailServer({ disabledCommands: ["STARTTLS"] });
  const { message } = await sent(server, {
    transportStrategy: "SMTP_TLS",
    plainTextContent: "x",
    username: "ada",
    password: "s3cret",
  });
  expect(message).toMatch(/^The mail was not taken by 127\.0\.0\.1: .*STARTTLS/);
  expect([server.logins, server.mails]).toEqual([[], []]);
});

test.each([
  [{ username: "ada", password: "wr0ng" }, "no such user. Check `username` and `password`"],
  [{ to: "nobody@example.com" }, "no such mailbox. Check `from`, `to` and `cc`."],
  [{ from: "" }, "`from` is missing: give the address."],
  [{ to: " " }, "`to` is missing: give the address."],
  [{ host: "" }, "`host` is missing: give the name of the mail server."],
  [{ plainTextContent: null }, "There is no message: give `htmlTextContent` or `plainTextContent`."],
  [{ attachments: [{ uri: "FILE" }] }, "`attachments` is no list of files (0.name"],
  [{ attachments: "not JSON" }, "`attachments` is no list of files"],
  [{ host: "no-such-host.invalid" }, "Check `host`."],
])("%j is refused", async (properties, expected) => {
  await using server = await startMailServer();
  const { state, message } = await sent(server, { ...PLAIN, ...UNCHECKED, ...(properties as JsonMap) });
  expect([state, server.mails]).toEqual(["FAILED", []]);
  expect(message).toContain(expected);
  expect(message).not.toContain("wr0ng");
});

test("as many files as may be are attached", async () => {
  await using server = await startMailServer();
  const attachments = Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, uri: "FILE" }));
  await sent(server, { ...PLAIN, ...UNCHECKED, attachments });
  expect(server.mails[0]?.attachments.length).toBe(100);
  const oneMore = [...attachments, { name: "last", uri: "FILE" }];
  const { message } = await sent(server, { ...PLAIN, ...UNCHECKED, attachments: oneMore });
  expect(message).toContain("`attachments` is no list of files");
});

test("a server that is silent for longer than it may be fails the task", async () => {
  await using silence = await startSilentServer();
  const { message } = await sent(silence, { ...PLAIN, sessionTimeout: 50 });
  expect(message).toMatch(
    /^The mail was not taken by 127\.0\.0\.1: (?:Timeout|Greeting never received)\. .*raise `sessionTimeout`\.$/,
  );
});

test("a kill closes the connection", async () => {
  await using silence = await startSilentServer();
  const abort = new AbortController();
  const running = sent(silence, PLAIN, mailSend, { signal: abort.signal });
  await silence.connected;
  abort.abort(new Error("killed"));
  expect(await running).toMatchObject({ state: "FAILED", message: "killed" });
  await silence.left();
});

test("a mail tells of an execution", async () => {
  await using server = await startMailServer();
  const properties = { ...UNCHECKED, transportStrategy: "SMTP", executionId: "e1", customMessage: "Look <here>" };
  expect((await sent(server, properties, mailExecution)).state).toBe("SUCCESS");
  const [mail] = server.mails;
  expect(mail).toMatchObject({ subject: "company.team.nightly FAILED" });
  expect(mail!.text).toContain("Look <here>\nExecution: e1\n");
  for (const part of ["Look &lt;here&gt;", "no &lt;space&gt;", 'href="https://flows.example/e1?a=1&amp;b=2"', "PT1M5S"])
    expect(mail!.html).toContain(part);
});
