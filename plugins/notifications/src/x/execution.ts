import { randomBytes } from "node:crypto";
import { secret, TaskFailure, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { executionTask } from "../execution/execution-task.ts";
import { linesOf } from "../execution/report.ts";
import { oauthHeader } from "./oauth.ts";

/** Of a post, where characters of Asia and emojis count as two. */
export const WEIGHT_MAX = 280;

/** Posts about an execution. */
export const xExecution = executionTask({
  type: "io.kestra.plugin.x.XExecution",
  aliases: ["io.kestra.plugin.notifications.x.XExecution"],
  name: "X",
  title: "Post about an execution on X",
  properties: () => ({
    bearerToken: secret()
      .optional()
      .describe("Token of a user by OAuth 2.0 with `tweet.write`. One of an app alone may not post."),
    consumerKey: secret().optional().describe("Key of the app, to sign by OAuth 1.0a in place of `bearerToken`."),
    consumerSecret: secret().optional().describe("Secret of the app."),
    accessToken: secret().optional().describe("Token of the user."),
    accessSecret: secret().optional().describe("Secret of that token."),
    textBody: text()
      .optional()
      .describe("The whole post, in place of what is told by default. What is too long is cut."),
    url: text()
      .default("https://api.x.com/2/tweets")
      .describe("Address of the API. Default: https://api.x.com/2/tweets."),
  }),
  example: `bearerToken: "{{ secret('X_TOKEN') }}"\n`,
  tell: (report, { url, textBody, ...credentials }) => ({
    url,
    headers: { Authorization: authorizationOf(url, credentials) },
    body: { text: cutToWeight(given(textBody) ?? [report.title, ...linesOf(report)].join("\n")) },
  }),
});

interface Credentials {
  readonly bearerToken?: string | undefined;
  readonly consumerKey?: string | undefined;
  readonly consumerSecret?: string | undefined;
  readonly accessToken?: string | undefined;
  readonly accessSecret?: string | undefined;
}

function authorizationOf(url: string, { bearerToken, ...signing }: Credentials): string {
  const bearer = given(bearerToken);
  if (bearer !== undefined) return `Bearer ${bearer.trim()}`;
  const [consumerKey, consumerSecret, accessToken, accessSecret] = [
    signing.consumerKey,
    signing.consumerSecret,
    signing.accessToken,
    signing.accessSecret,
  ].map((key) => given(key)?.trim());
  if (
    consumerKey === undefined ||
    consumerSecret === undefined ||
    accessToken === undefined ||
    accessSecret === undefined
  )
    throw new TaskFailure(
      "X wants to know who posts: give `bearerToken`, or all of `consumerKey`, `consumerSecret`, `accessToken` and `accessSecret`.",
    );
  const request = {
    method: "POST",
    url,
    nonce: randomBytes(16).toString("hex"),
    timestamp: Math.floor(Date.now() / 1_000),
  };
  return oauthHeader({ consumerKey, consumerSecret, accessToken, accessSecret }, request);
}

/** Counts as X does for what is no link; a link counts less, so that it never comes to more. */
function cutToWeight(text: string): string {
  const characters = Array.from(text);
  const total = characters.reduce((sum, character) => sum + weightOf(character), 0);
  if (total <= WEIGHT_MAX) return text;
  let kept = "";
  let weight = weightOf("…");
  for (const character of characters) {
    weight += weightOf(character);
    if (weight > WEIGHT_MAX) break;
    kept += character;
  }
  return `${kept}…`;
}

/** One for what X counts as one: Latin and its neighbours, and common punctuation. */
function weightOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code <= 0x10ff ||
    (code >= 0x2000 && code <= 0x200d) ||
    (code >= 0x2010 && code <= 0x201f) ||
    (code >= 0x2032 && code <= 0x2037)
    ? 1
    : 2;
}
