import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { wholeServer } from "../testing/whole-server.ts";

const SECRET = "a secret of the sender";
const FLOW = `id: signed
namespace: company
variables: { absent: "{{ secret('NOWHERE') }}", secret: ${SECRET} }
tasks: [{ id: t, type: io.kestra.plugin.core.debug.Return, format: x }]
triggers:
${["FETCH", "STORE", "NONE"].map((fetch) => trigger(fetch.toLowerCase(), `{ scheme: GITHUB, secret: "{{ vars.secret }}" }`, fetch)).join("\n")}
${trigger("token", `{ scheme: GITLAB, secret: "{{ vars.secret }}" }`)}
${trigger("lost", `{ scheme: GITHUB, secret: "{{ secret('NOWHERE') }}" }`)}
`;

function trigger(id: string, signature: string, fetchType = "FETCH"): string {
  return `  - { id: ${id}, type: io.kestra.plugin.core.trigger.Webhook, key: ${id}, fetchType: ${fetchType}, signature: ${signature} }`;
}

const BODY = JSON.stringify({ text: "größer", long: "x".repeat(100_000) });
const signed = (body: string) => ({
  "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
});

async function setup() {
  const { runtime, server } = await wholeServer();
  await runtime.flows.save("main", FLOW);
  const { url } = await server.listen();
  onTestFinished(() => server.close());
  const ask = async (
    key: string,
    body: string | FormData | ReadableStream | null,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const path = `/api/v1/main/executions/webhook/company/signed/${key}`;
    const method = body === null ? "GET" : "POST";
    const reply = await fetch(`${url}${path}`, { method, headers, body, ...({ duplex: "half" } as object) });
    return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
  };
  const left = async () => {
    const files: string[] = [];
    for await (const { path } of runtime.storage.walk("main", "/company/signed/executions")) files.push(path);
    const { rows } = await runtime.executions.search({ tenant: "main" }, { offset: 0, limit: 10 });
    return { files: files.length, executions: rows.length };
  };
  return { runtime, ask, left };
}

/** Its length is not said beforehand: it comes in pieces. */
const streamed = (body: string) => new Blob([body]).stream();

test.each(["fetch", "store", "none"])("a signed body starts the flow, whatever becomes of it: %s", async (key) => {
  const { ask } = await setup();
  expect((await ask(key, BODY, signed(BODY))).status).toBe(200);
  expect((await ask(key, streamed(BODY), signed(BODY))).status).toBe(200);
  expect((await ask(key, null, signed(""))).status).toBe(200);
});

test.each(["fetch", "store", "none"])(
  "a body that is not signed starts nothing and leaves nothing: %s",
  async (key) => {
    const { ask, left } = await setup();
    const form = new FormData();
    form.set("file", new Blob(["1"]), "a.csv");
    for (const { status, json } of [
      await ask(key, BODY),
      await ask(key, BODY, signed(`${BODY} `)),
      await ask(key, streamed(BODY), signed(`${BODY} `)),
      await ask(key, null, signed(BODY)),
      await ask(key, form, signed("")),
    ])
      expect([status, json]).toEqual([401, expect.objectContaining({ code: "webhook-signature" })]);
    expect(await left()).toEqual({ files: 0, executions: 0 });
  },
);

test("why a call was refused is shown with the trigger, and its secret nowhere", async () => {
  const { runtime, ask } = await setup();
  const { json } = await ask("fetch", BODY);
  const text = "the call is not signed as the webhook wants: the header X-Hub-Signature-256 is missing";
  expect(json["message"]).toBe(text);
  const key = { tenant: "main", namespace: "company", flowId: "signed", triggerId: "fetch" };
  const explanation = JSON.stringify(await runtime.triggers.explain(key));
  expect(explanation).toContain(text);
  expect(explanation).not.toContain(SECRET);
});

test("a token that is sent as it is, is shown to nobody", async () => {
  const { runtime, ask } = await setup();
  const { status, json } = await ask("token", "{}", { "x-gitlab-token": SECRET, "x-gitlab-event": "Push Hook" });
  expect(status).toBe(200);
  const kept = JSON.stringify((await runtime.executions.get("main", String(json["id"])))?.row.trigger);
  expect(JSON.stringify(json["trigger"])).not.toContain(SECRET);
  expect(kept).not.toContain(SECRET);
  expect(kept).toContain("Push Hook");
});

test("a secret that is not there refuses every call", async () => {
  const { ask } = await setup();
  const { status, json } = await ask("lost", "", { "x-hub-signature-256": `sha256=${"0".repeat(64)}` });
  const message = "the call is not signed as the webhook wants: the `signature` of the trigger lost can't be rendered";
  expect([status, json]).toEqual([401, expect.objectContaining({ message })]);
});
