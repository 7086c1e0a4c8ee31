import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { createSignatureCheck, type Signature } from "./webhook-signature.ts";

/** What the senders, or their own libraries, give as examples. */
const EXAMPLES = {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  GITHUB: {
    secret: "It's a Secret to Everybody",
    body: "Hello, World!",
    headers: { "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    atMs: 0,
  },
  GITLAB: { secret: "a token", body: "{}", headers: { "x-gitlab-token": "a token" }, atMs: 0 },
  // https://api.slack.com/authentication/verifying-requests-from-slack
  SLACK: {
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    headers: {
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    atMs: 1_531_420_618_000,
  },
  // Made by `webhooks.generateTestHeaderString` of Stripe's library for Node.
  STRIPE: {
    secret: "whsec_test_secret",
    body: '{"id":"evt_1","object":"event"}',
    headers: {
      "stripe-signature": "t=1614265330,v1=42b3d2b2181207b6b299df380bf37599bb895dc182467ba12e046b1916c4cd19",
    },
    atMs: 1_614_265_330_000,
  },
  // https://github.com/standard-webhooks/standard-webhooks, by its library for JavaScript
  STANDARD: {
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    body: '{"test": 2432232314}',
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    atMs: 1_614_265_330_000,
  },
  HMAC: {
    secret: "shared",
    body: "any",
    headers: { "x-signature": createHmac("sha256", "shared").update("any").digest("hex") },
    atMs: 0,
  },
} as const;

type Scheme = keyof typeof EXAMPLES;
const SCHEMES = Object.keys(EXAMPLES) as Scheme[];
const TIMED = ["SLACK", "STRIPE", "STANDARD"] as const;

interface Call extends Partial<Signature> {
  readonly scheme: Scheme;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly atMs?: number;
}

/** Why the example, or what is changed of it, is refused; nothing where it is not. */
function refusal({ scheme, body, headers, atMs, ...signature }: Call): string | undefined {
  const example = EXAMPLES[scheme];
  const lists = Object.fromEntries(Object.entries(headers ?? example.headers).map(([name, value]) => [name, [value]]));
  try {
    const check = createSignatureCheck(
      { scheme, secret: example.secret, ...signature },
      lists,
      atMs ?? example.atMs + 1000,
    );
    for (const character of body ?? example.body) check.watch(Buffer.from(character));
    check.verify();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: "webhook-signature", status: 401 });
    return (error as Error).message;
  }
}

test.each(SCHEMES)("what %s gives as an example is signed", (scheme) => {
  expect(refusal({ scheme })).toBeUndefined();
  expect(refusal({ scheme, secret: ` ${EXAMPLES[scheme].secret}\n` })).toBeUndefined();
});

test.each(SCHEMES)("another secret, none, or no header is refused with %s", (scheme) => {
  expect(refusal({ scheme, secret: "whsec_AAAA" })).toMatch(/does not fit|is not that of the trigger/);
  expect(refusal({ scheme, secret: " " })).toMatch("the secret of the trigger is empty");
  for (const absent of Object.keys(EXAMPLES[scheme].headers)) {
    const headers = Object.fromEntries(Object.entries(EXAMPLES[scheme].headers).filter(([name]) => name !== absent));
    expect(refusal({ scheme, headers })?.toLowerCase()).toMatch(`the header ${absent} is missing`);
  }
});

test.each(SCHEMES.filter((scheme) => scheme !== "GITLAB"))("another body is refused with %s", (scheme) => {
  expect(refusal({ scheme, body: `${EXAMPLES[scheme].body} ` })).toMatch("does not fit its body");
  expect(refusal({ scheme, body: "" })).toMatch("does not fit its body");
});

test.each(SCHEMES)("a signature of another form, or cut off, is refused with %s", (scheme) => {
  const [name, value] = Object.entries<string>(EXAMPLES[scheme].headers).at(-1)!;
  for (const given of ["", value.slice(0, -2), value.slice(1), "v1=,v0=,v1,"])
    expect(refusal({ scheme, headers: { ...EXAMPLES[scheme].headers, [name]: given } })).toBeDefined();
});

test("one of several signatures is enough, as while the sender changes its secret", () => {
  const { STRIPE, STANDARD } = EXAMPLES;
  const stripe = STRIPE.headers["stripe-signature"].replace("v1=", "v0=00,v1=00,v1=");
  expect(refusal({ scheme: "STRIPE", headers: { "stripe-signature": stripe } })).toBeUndefined();
  const standard = `v1a,AAAA v1,AAAA ${STANDARD.headers["webhook-signature"]}`;
  const headers = { ...STANDARD.headers, "webhook-signature": standard };
  expect(refusal({ scheme: "STANDARD", headers })).toBeUndefined();
});

test.each(TIMED)("%s is refused when it is older than the tolerance, or from the future", (scheme) => {
  const { atMs } = EXAMPLES[scheme];
  const tooOld = "it was signed too long ago, or the clocks differ";
  expect(refusal({ scheme, atMs: atMs + 300_000 })).toBeUndefined();
  expect(refusal({ scheme, atMs: atMs + 300_001 })).toMatch(tooOld);
  expect(refusal({ scheme, atMs: atMs - 300_001 })).toMatch(tooOld);
  expect(refusal({ scheme, atMs: atMs + 60_001, tolerance: "PT1M" })).toMatch(tooOld);
  expect(refusal({ scheme, atMs: atMs + 600_000, tolerance: "PT10M" })).toBeUndefined();
  expect(refusal({ scheme, tolerance: "soon" })).toMatch("`tolerance` of the trigger renders to no ISO-8601 duration");
});

test("HMAC goes by the header, prefix, hash and encoding that the trigger names", () => {
  const sign = (algorithm: string, encoding: "hex" | "base64") =>
    createHmac(algorithm, "shared").update("any").digest(encoding);
  const call = (header: string, value: string, signature: Omit<Call, "scheme">) =>
    refusal({ scheme: "HMAC", headers: { [header]: value }, ...signature });
  const shopify = { header: "X-Shopify-Hmac-Sha256", encoding: "BASE64" } as const;
  expect(call("x-shopify-hmac-sha256", sign("sha256", "base64"), shopify)).toBeUndefined();
  const bitbucket = { header: "X-Hub-Signature", prefix: "sha256=" };
  expect(call("x-hub-signature", `sha256=${sign("sha256", "hex")}`, bitbucket)).toBeUndefined();
  expect(call("x-hub-signature", sign("sha256", "hex"), bitbucket)).toMatch("does not fit");
  expect(call("x-signature", sign("sha512", "hex"), { algorithm: "SHA512" })).toBeUndefined();
  expect(call("x-signature", sign("sha1", "hex"), { algorithm: "SHA1" })).toBeUndefined();
  expect(call("x-signature", sign("sha1", "hex"), {})).toMatch("does not fit");
});
