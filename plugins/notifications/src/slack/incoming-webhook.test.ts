import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import type { JsonMap } from "@capstan/sdk";
import { expect, test } from "vitest";
import { slackIncomingWebhook } from "./incoming-webhook.ts";
import { slackText } from "./slack-text.ts";

/** What Slack gets for these properties, and what the task came to. */
async function posted(properties: JsonMap) {
  await using server = await startServer((_request, response) => response.end("ok"));
  await using world = createTestWorld({ variables: { name: "nightly", blocks: [{ type: "divider" }] } });
  const { state, message } = await world.run(slackIncomingWebhook, {
    url: `${server.url}/services/T/B/x`,
    ...properties,
  });
  return { state, message, bodies: server.received.map(({ body }) => JSON.parse(body) as unknown) };
}

test.each([
  [{ messageText: "**{{ name }}** is done" }, { text: "*nightly* is done" }],
  [{ messageText: '{"text": "{{ name }}"}' }, { text: "nightly" }],
  [{ messageText: "{{ name }}: {done}" }, { text: "nightly: {done}" }],
  [{ messageText: "{not JSON" }, { text: "{not JSON" }],
  [{ payload: '{"text": "{{ name }}"}' }, { text: "nightly" }],
  [{ payload: { text: "{{ name }}", blocks: "{{ blocks }}" } }, { text: "nightly", blocks: [{ type: "divider" }] }],
  [{ payload: '{"text": "this"}', messageText: "not this" }, { text: "this" }],
])("%j is posted as %j", async (properties, expected) => {
  expect(await posted(properties)).toEqual({ state: "SUCCESS", message: undefined, bodies: [expected] });
});

test("without a message nothing is posted", async () => {
  expect(await posted({})).toEqual({
    state: "FAILED",
    message: "There is no message: give `messageText`, or the JSON of one as `payload`.",
    bodies: [],
  });
});

test.each([
  ["**b** and __i__", "*b* and _i_"],
  ["*Slack's own* _marks_ stay", "*Slack's own* _marks_ stay"],
  ["[log](https://h/x?a=1) of [two](https://h/y)", "<https://h/x?a=1|log> of <https://h/y|two>"],
  ["**[bold link](https://h)**", "*<https://h|bold link>*"],
  ["a ** b ** c, a__b, 2**3", "a ** b ** c, a__b, 2**3"],
  ["**over\nlines**", "**over\nlines**"],
])("%j is written for Slack as %j", (markdown, expected) => {
  expect(slackText(markdown)).toBe(expected);
});
