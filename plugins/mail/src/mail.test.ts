import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { JsonMap, JsonValue } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { ATTACHMENTS_MAX, BODY_CHARACTERS_MAX, type Email, readEmail } from "./email.ts";
import plugin from "./index.ts";
import { MAILS_MAX, mailReceivedTrigger } from "./mail-received-trigger.ts";
import { realtimeTrigger } from "./realtime-trigger.ts";
import { type MailServer, PASSWORD, startDovecot } from "./testing/dovecot.ts";

const mail = (subject: string) =>
  `From: ada@example.com\nTo: b@example.com\nSubject: ${subject}\n\nThe text of ${subject}.\n`;

/** Asks as a scheduler does: each question gets the position of the last answer that became durable. */
function scheduler(server: MailServer, properties: JsonMap = {}) {
  let position: JsonValue | undefined;
  let world: TestWorld | undefined;
  const poll = async () => {
    world = createTestWorld(position === undefined ? {} : { position });
    return world.poll(mailReceivedTrigger, { ...server.connection, ...properties });
  };
  const subjectsOf = (found: Awaited<ReturnType<typeof poll>>) =>
    ((found?.variables?.["emails"] ?? []) as Email[]).map(({ subject }) => subject);
  return {
    ask: async () => {
      const found = await poll();
      position = found?.position ?? position;
      return subjectsOf(found);
    },
    askAndCrash: async () => subjectsOf(await poll()),
    poll,
    position: () => position,
    world: () => world!,
  };
}

test("the manifest loads neither library", () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve: (name, context, next) => (console.log(name), next(name, context)) });
    const { default: plugin } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
    for (const { properties, outputs } of plugin.definitions) void [properties, outputs];
  `;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  const names = loaded.split("\n");
  expect(names).toContain("@capstan/sdk");
  expect(names.filter((name) => name === "imapflow" || name === "mailparser")).toEqual([]);
  expect(plugin.definitions).toHaveLength(2);
});

describe.each([
  { protocol: "IMAP", isTls: false },
  { protocol: "IMAP", isTls: true },
  { protocol: "POP3", isTls: false },
  { protocol: "POP3", isTls: true },
] as const)("$protocol, with TLS: $isTls", (how) => {
  const start = () => startDovecot(how.protocol, how);

  test("mails that arrive start an execution once, those that lay there none", async () => {
    await using server = await start();
    server.deliver(mail("old"));
    const { ask } = scheduler(server);
    expect(await ask()).toEqual([]);
    server.deliver(mail("one"));
    server.deliver(mail("two"));
    expect(await ask()).toEqual(["one", "two"]);
    expect(await ask()).toEqual([]);
    server.deliver(mail("three"));
    expect(await ask()).toEqual(["three"]);
  });

  test("each mail starts an execution as soon as it is there, and again when that is refused", async () => {
    await using server = await start();
    const { ask, position } = scheduler(server);
    await ask();
    await using world = createTestWorld({ position: position()! });
    const properties = { ...server.connection, interval: "PT0.2S" };
    await using listening = world.listen(realtimeTrigger, properties);
    server.deliver(withAttachment("a.csv", Buffer.from("1")));
    const first = await listening.next();
    expect(first.event.variables).toMatchObject({ from: "a@example.com", attachments: [{ filename: "a.csv" }] });
    first.refuse(new Error("refused by the test"));
    await expect(listening.ended).rejects.toThrow("refused by the test");
    expect(world.files.uris()).toEqual([]);
  });
});

describe.each(["IMAP", "POP3"] as const)("at a server of %s", (protocol) => {
  test("a crash loses nothing and starts nothing twice", async () => {
    await using server = await startDovecot(protocol);
    const { ask, askAndCrash } = scheduler(server);
    await ask();
    server.deliver(mail("one"));
    // Before the event is durable, or when its execution was refused.
    for (const asked of [askAndCrash, askAndCrash, ask]) expect(await asked()).toEqual(["one"]);
    server.deliver(mail("two"));
    for (const asked of [askAndCrash, ask]) expect(await asked()).toEqual(["two"]);
    expect(await ask()).toEqual([]);
  });

  test("a realtime trigger goes on where its last durable execution was", async () => {
    await using server = await startDovecot(protocol);
    const { ask, position } = scheduler(server);
    await ask();
    for (const name of ["one", "two"]) server.deliver(mail(name));
    const properties = { ...server.connection, interval: "PT0.2S" };
    await using world = createTestWorld({ position: position()! });
    await using listening = world.listen(realtimeTrigger, properties);
    const one = await listening.next();
    expect(one.event.variables).toMatchObject({ subject: "one" });
    one.accept();
    const two = await listening.next();
    expect(two.event.variables).toMatchObject({ subject: "two" });
    two.accept();
    await using after = createTestWorld({ position: two.event.position! });
    expect(await after.poll(mailReceivedTrigger, server.connection)).toBeUndefined();
    server.deliver(mail("three"));
    expect((await listening.next()).event.variables).toMatchObject({ subject: "three" });
  });

  test("a mailbox with very many mails starts for so many at once, and for the others after them", async () => {
    await using server = await startDovecot(protocol);
    const { ask } = scheduler(server);
    await ask();
    for (let count = 0; count < MAILS_MAX + 3; count += 1) server.deliver(mail(`mail ${count}`));
    const batches = [await ask(), await ask(), await ask()];
    expect(batches.map((batch) => batch.length)).toEqual([MAILS_MAX, 3, 0]);
    expect(new Set(batches.flat()).size).toBe(MAILS_MAX + 3);
  });

  test("attachments of many megabytes are files, byte for byte", async () => {
    await using server = await startDovecot(protocol);
    const { ask, poll, world } = scheduler(server);
    await ask();
    const content = Buffer.alloc(3_000_001, "0123456789abc");
    server.deliver(withAttachment("../orders.csv", content));
    const found = await poll();
    const [attachment] = (found!.variables!["latestEmail"] as Email).attachments;
    expect(attachment).toMatchObject({ filename: "../orders.csv", contentType: "text/csv", size: content.length });
    expect(attachment!.uri).not.toContain("..%2f");
    expect(attachment!.uri).not.toContain("/../");
    expect(await world().files.text(attachment!.uri)).toBe(content.toString());
    expect(found!.variables!["total"]).toBe(1);
  });

  test.each([
    { properties: { password: "wrong-word" }, message: /Check `username` and `password`/ },
    { properties: { port: 1 }, message: /^The connection to 127\.0\.0\.1:1 failed: .*ECONNREFUSED/ },
    { properties: { host: "a b" }, message: /^`host` is "a b": give the name of a server alone/ },
    { properties: { folder: "Missing" }, message: /Missing/ },
  ])("what is wrong with $properties is told, without a password", async ({ properties, message }) => {
    await using server = await startDovecot(protocol);
    await using world = createTestWorld();
    const failure = await world
      .poll(mailReceivedTrigger, { ...server.connection, ...properties })
      .then(() => undefined, String);
    expect(failure?.replace(/^TaskFailure: /u, "")).toMatch(message);
    expect(failure).not.toMatch(new RegExp(`wrong-word|${PASSWORD}`, "u"));
  });

  test("an unknown certificate is refused", async () => {
    await using server = await startDovecot(protocol, { isTls: true });
    await using world = createTestWorld();
    const asked = world.poll(mailReceivedTrigger, { ...server.connection, trustAllCertificates: false });
    await expect(asked).rejects.toThrow(/self-signed certificate.*Let the worker trust the certificate's issuer/i);
  });

  test("a kill ends a question, and the wait for mails", async () => {
    await using server = await startDovecot(protocol);
    const killed = createTestWorld({ signal: AbortSignal.abort(new Error("killed by the test")) });
    await expect(killed.poll(mailReceivedTrigger, server.connection)).rejects.toThrow("killed by the test");
    const { ask, position } = scheduler(server);
    await ask();
    server.deliver(mail("one"));
    const kill = new AbortController();
    await using world = createTestWorld({ signal: kill.signal, position: position()! });
    await using listening = world.listen(realtimeTrigger, { ...server.connection, interval: "PT1H" });
    (await listening.next()).accept();
    kill.abort(new Error("killed by the test"));
    await expect(listening.ended).rejects.toThrow("killed by the test");
  });
});

describe("folders of IMAP", () => {
  test("another folder than INBOX", async () => {
    await using server = await startDovecot("IMAP");
    const { ask } = scheduler(server, { folder: "Other" });
    await ask();
    server.deliver(mail("one"));
    server.deliver(mail("other"), ".Other");
    expect(await ask()).toEqual(["other"]);
  });

  test("that numbers its mails anew loses none of them", async () => {
    await using server = await startDovecot("IMAP");
    const { ask, position, world } = scheduler(server);
    await ask();
    server.deliver(mail("one"));
    await ask();
    const before = position() as { uidValidity: string };
    const renumbered = { ...before, uidValidity: String(Number(before.uidValidity) - 1), uid: 1_000 };
    server.deliver(mail("two"));
    await using fresh = createTestWorld({ position: renumbered });
    const found = await fresh.poll(mailReceivedTrigger, server.connection);
    expect((found!.variables!["emails"] as Email[]).map(({ subject }) => subject)).toContain("two");
    expect(fresh.logs).toContainEqual({ level: "WARN", message: expect.stringMatching(/numbers the mails anew/) });
    expect(world().logs).toEqual([]);
  });
});

describe("what is read of a mail", () => {
  const read = async (source: string) => {
    const world = createTestWorld();
    const context = world.context<unknown>(mailReceivedTrigger, { host: "x", username: "x", password: "x" });
    return { email: await readEmail(context, Readable.from([Buffer.from(source)])), world };
  };

  test("its headers and its text", async () => {
    const { email } = await read(
      "From: =?utf-8?q?=C3=84da?= <ada@example.com>\nTo: b@example.com, C <c@example.com>\nCc: d@example.com\nBcc: e@example.com\n" +
        "Subject: =?utf-8?b?R3LDvMOfZQ==?=\nDate: Sat, 28 Nov 2026 02:00:00 +0100\nMessage-ID: <1@example.com>\n" +
        "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n",
    );
    expect(email).toEqual({
      subject: "Grüße",
      from: "Äda <ada@example.com>",
      to: ["b@example.com", "C <c@example.com>"],
      cc: ["d@example.com"],
      bcc: ["e@example.com"],
      date: "2026-11-28T01:00:00.000Z",
      body: expect.stringMatching(/^Grüße\n?$/),
      messageId: "<1@example.com>",
      attachments: [],
    });
  });

  test("the text of HTML, where there is no other", async () => {
    const { email } = await read("Subject: x\nContent-Type: text/html\n\n<p>It is <b>here</b>.</p>\n");
    expect(email.body.trim()).toBe("It is here.");
  });

  test.each(["", "no mail at all", "Subject: x", "From: nobody\nTo:\nDate: never\n\n"])(
    "%j is a mail",
    async (source) => {
      const { email } = await read(source);
      expect(email).toMatchObject({ to: [], cc: [], bcc: [], attachments: [] });
    },
  );

  test.each([
    { length: BODY_CHARACTERS_MAX, isCut: false },
    { length: BODY_CHARACTERS_MAX + 1, isCut: true },
  ])("of a body of $length characters, so many as an event takes", async ({ length, isCut }) => {
    const { email, world } = await read(`Subject: x\n\n${"x".repeat(length)}`);
    expect(email.body.length).toBe(BODY_CHARACTERS_MAX);
    expect(world.logs.length).toBe(isCut ? 1 : 0);
  });

  test.each([ATTACHMENTS_MAX, ATTACHMENTS_MAX + 1])("of %i attachments, so many as an event takes", async (count) => {
    const { email, world } = await read(withAttachments(Array.from({ length: count }, (_, at) => `${at}.txt`)));
    expect(email.attachments).toHaveLength(ATTACHMENTS_MAX);
    expect(world.logs.length).toBe(count - ATTACHMENTS_MAX);
    expect(await world.files.text(email.attachments.at(-1)!.uri)).toBe("content");
  });
});

function withAttachment(filename: string, content: Buffer): string {
  return multipart([
    part(`text/csv; name="${filename}"`, filename, content.toString("base64").replaceAll(/.{76}/gu, "$&\n")),
  ]);
}

function withAttachments(names: readonly string[]): string {
  return multipart(names.map((name) => part("text/plain", name, Buffer.from("content").toString("base64"))));
}

function part(contentType: string, filename: string, encoded: string): string {
  return (
    `Content-Type: ${contentType}\nContent-Disposition: attachment; filename="${filename}"\n` +
    `Content-Transfer-Encoding: base64\n\n${encoded}\n`
  );
}

function multipart(parts: readonly string[]): string {
  const head = "From: a@example.com\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n\n";
  const text = "--cut\nContent-Type: text/plain\n\nSee the file.\n";
  return `${head}${text}${parts.map((one) => `--cut\n${one}`).join("")}--cut--\n`;
}
