import { describe, expect, test } from "vitest";
import { createEgressPolicy, type EgressRules, isEgressRule, NO_EGRESS_RULES, restrains } from "./egress-policy.ts";

const policyOf = (rules: Partial<EgressRules>) => createEgressPolicy({ ...NO_EGRESS_RULES, ...rules });

test.each([
  "example.org",
  "*.example.org",
  "*",
  "*:443",
  "db.internal:5432",
  "localhost",
  "bücher.example",
  "_dmarc.example.org",
  "example.org.",
  "10.0.0.7",
  "10.0.0.0/8",
  "10.0.0.0/8:80",
  "::1",
  "[::1]",
  "[::1]:443",
  "fd00::/8",
])("%s is a rule", (rule) => {
  expect(isEgressRule(rule)).toBe(true);
});

test.each([
  "",
  "https://example.org",
  "example.org/path",
  "*example.org",
  "a.*.org",
  "10.0.0.0/33",
  "10.0.0.0/8/9",
  "10.0.0",
  "1.2.3.4.5",
])("%s is no rule", (rule) => {
  expect(isEgressRule(rule)).toBe(false);
});

test.each(["example.org:0", "example.org:65536", "::1/129", "[::1", "-a.org", "a..org", "*.", "fd00::/8:80:x"])(
  "%s is no rule either",
  (rule) => {
    expect(isEgressRule(rule)).toBe(false);
    expect(() => policyOf({ allow: [rule] })).toThrow(TypeError);
  },
);

test("without rules nothing is refused", () => {
  expect(restrains(NO_EGRESS_RULES)).toBe(false);
  expect(policyOf({}).refusal("metadata", 80, "169.254.169.254")).toBeUndefined();
});

describe("private networks", () => {
  const denying = policyOf({ privateNetworks: "deny" });
  const refusal: typeof denying.refusal = (...target) => denying.refusal(...target);

  test.each([
    "0.0.0.0",
    "10.255.255.255",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.19.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
  ])("refuse %s", (address) => {
    expect(refusal("host.example", 80, address)).toMatch(/^host\.example:80 \(.*privateNetworks is deny/);
  });

  test.each(["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"])(
    "leave %s",
    (address) => {
      expect(refusal("host.example", 80, address)).toBeUndefined();
    },
  );

  test.each(["192.167.255.255", "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"])(
    "leave %s as well",
    (address) => {
      expect(refusal("host.example", 80, address)).toBeUndefined();
    },
  );

  test("are open where a list names them, and not where it names everything", () => {
    const named = policyOf({ privateNetworks: "deny", allow: ["*", "db.internal", "10.1.0.0/16:5432"] });
    expect(named.refusal("db.internal", 80, "10.9.9.9")).toBeUndefined();
    expect(named.refusal("10.1.2.3", 5432, "10.1.2.3")).toBeUndefined();
    expect(named.refusal("10.1.2.3", 5433, "10.1.2.3")).toContain("privateNetworks");
    expect(named.refusal("other.internal", 80, "10.9.9.9")).toContain("privateNetworks");
    expect(named.refusal("example.org", 80, "1.1.1.1")).toBeUndefined();
  });
});

describe("lists", () => {
  const policy = policyOf({
    allow: ["example.org", "*.example.com:443", "192.0.2.0/24"],
    deny: ["bad.example.com", "192.0.2.66", "*:25"],
  });

  test.each([
    ["example.org", 80, "203.0.113.1"],
    ["EXAMPLE.org.", 80, "203.0.113.1"],
    ["api.example.com", 443, "203.0.113.1"],
    ["a.b.example.com", 443, "203.0.113.1"],
    ["other.example", 80, "192.0.2.1"],
  ])("let %s:%i (%s) pass", (host, port, address) => {
    expect(policy.refusal(host, port, address)).toBeUndefined();
  });

  test.each([
    ["example.com", 443, "203.0.113.1", "egress.allow"],
    ["notexample.org", 443, "203.0.113.1", "egress.allow"],
    ["sub.example.org", 443, "203.0.113.1", "egress.allow"],
    ["api.example.com", 80, "203.0.113.1", "egress.allow"],
    ["bad.example.com", 443, "203.0.113.1", "egress.deny (bad.example.com)"],
    ["example.org", 80, "192.0.2.66", "egress.deny (192.0.2.66)"],
    ["example.org", 80, "::ffff:192.0.2.66", "egress.deny (192.0.2.66)"],
    ["example.org", 25, "203.0.113.1", "egress.deny (*:25)"],
  ])("refuse %s:%i (%s)", (host, port, address, reason) => {
    expect(policy.refusal(host, port, address)).toContain(reason);
  });

  test("a denied name is not looked up, others are", () => {
    expect(policy.refusalOfName("bad.example.com", 443)).toContain("egress.deny");
    expect(policy.refusalOfName("example.com", 443)).toBeUndefined();
  });
});
