import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { telegramSend } from "./send.ts";

test("a message is sent to the chat as the bot", async () => {
  await using server = await startServer((_request, response) => response.end('{"ok":true}'));
  await using world = createTestWorld({ variables: { name: "nightly" } });
  const properties = {
    token: "1:a",
    channel: "@ops",
    endpointOverride: `${server.url}/`,
    payload: "{{ name }} is <b>done</b>",
  };
  await world.run(telegramSend, properties);
  await world.run(telegramSend, { ...properties, parseMode: "MARKDOWNV2" });
  expect(server.received.map(({ url }) => url)).toEqual(["/bot1:a/sendMessage", "/bot1:a/sendMessage"]);
  expect(server.received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { chat_id: "@ops", text: "nightly is <b>done</b>" },
    { chat_id: "@ops", text: "nightly is <b>done</b>", parse_mode: "MarkdownV2" },
  ]);
});

test("the token of a bot that is refused is hidden", async () => {
  await using server = await startServer((_request, response) => {
    response.statusCode = 401;
    response.end('{"ok":false,"description":"Unauthorized"}');
  });
  await using world = createTestWorld();
  const properties = { token: "1:a", channel: "1", endpointOverride: server.url, payload: "x" };
  expect(await world.run(telegramSend, properties)).toMatchObject({
    state: "FAILED",
    message: 'Posting to Telegram failed with status 401 and the body: {"ok":false,"description":"Unauthorized"}',
  });
  expect(world.masked).toContain("/bot1:a/sendMessage");
  expect((await world.run(telegramSend, { ...properties, payload: undefined as never })).message).toBe(
    "There is no message: give `payload`, the text of one.",
  );
});
