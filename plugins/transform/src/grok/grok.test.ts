import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileGrok, EXPANDED_CHARACTERS_MAX, PATTERN_DEPTH_MAX } from "./compile-grok.ts";
import { PATTERN_FILE_BYTES_MAX } from "./grok-properties.ts";
import { STANDARD_PATTERNS } from "./standard-patterns.ts";
import { transformItems } from "./transform-items.ts";
import { transformValue } from "./transform-value.ts";

const OPTIONS = { definitions: {}, namedCapturesOnly: true };

async function run(from: string, properties: JsonMap, files: Readonly<Record<string, string>> = {}) {
  await using world = createTestWorld();
  for (const [name, content] of Object.entries(files)) {
    const path = join(await world.workingDirectory(), name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, content);
  }
  const { outputs, message } = await world.run(transformValue, { from, ...properties });
  return { value: outputs?.["value"], message, logs: world.logs };
}

/** What the pattern takes of a text that it must match as a whole. */
function whole(name: string, text: string): boolean {
  return compileGrok(`^%{${name}:it}$`, OPTIONS)(text)?.get("it") === text;
}

describe("the standard pattern", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["WORD", ["abc_1"], ["a b", "-"]],
    ["INT", ["-12", "+3", "007"], ["1.5", ""]],
    ["NUMBER", ["1", "-1.5", ".5"], ["1e", "x"]],
    ["BASE16NUM", ["0xFF", "beef"], ["xyz"]],
    ["POSINT", ["1", "10"], ["0", "-1"]],
    ["QUOTEDSTRING", ['"a \\" b"', "'x'", "`y`"], ['"a', "a"]],
    ["UUID", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"]],
    ["EMAILADDRESS", ["a.b+c@example.com"], ["a@", "@b", "a b@c"]],
    ["MAC", ["00:1A:2b:3c:4d:5e", "00-1A-2b-3c-4d-5e", "001a.2b3c.4d5e"], ["00:1A"]],
    ["IPV4", ["1.2.3.4", "255.255.255.255"], ["256.1.1.1", "1.2.3"]],
    [
      "IPV6",
      ["::1", "::", "2001:db8::8a2e:370:7334", "fe80::1%eth0", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"],
      ["1:2:3", ":::", "1::2::3"],
    ],
    ["IPORHOST", ["db-1.example.com", "10.0.0.1", "::1"], ["-x", "a b"]],
    ["HOSTPORT", ["db:5432"], ["db", "db:0"]],
    ["UNIXPATH", ["/var/log/app.log", "/"], ["var/log"]],
    ["WINPATH", ["C:\\temp\\x.txt"], ["/tmp"]],
    ["URI", ["https://u:p@example.com:8443/a/b?x=1&y=%20", "s3://bucket/key"], ["example.com/x"]],
    ["MONTH", ["Jan", "september", "Dec"], ["Januar", "13"]],
    ["TIME", ["23:59:60", "7:05", "12:00:00.123"], ["24:00", "12"]],
    [
      "TIMESTAMP_ISO8601",
      ["2024-02-01T12:00:00Z", "2024-02-01 12:00:00,123", "2024-02-01T12:00:00.5+01:00"],
      ["2024-02-01"],
    ],
    ["DATE_EU", ["31.12.2024", "1/2/24"], ["32.1.2024"]],
    ["DATESTAMP_RFC2822", ["Mon, 05 Feb 2024 10:11:12 +0100"], ["05 Feb 2024"]],
    ["DATESTAMP_EVENTLOG", ["20240205101112"], ["2024"]],
    ["HTTPDATE", ["05/Feb/2024:10:11:12 +0100"], ["05.Feb.2024"]],
    ["SYSLOGTIMESTAMP", ["Feb  5 10:11:12"], ["5 Feb"]],
    ["LOGLEVEL", ["INFO", "warn", "Error", "CRITICAL"], ["LOUD", "INFOX"]],
    ["URN", ["urn:isbn:0451450523"], ["isbn:1"]],
    ["TTY", ["/dev/pts/0", "/dev/ttyS0"], ["/dev/null"]],
  ])("%s takes what it should", (name, fitting, others) => {
    expect(fitting.filter((text) => !whole(name, text))).toEqual([]);
    expect(others.filter((text) => whole(name, text))).toEqual([]);
  });

  test.each(Object.keys(STANDARD_PATTERNS))("%s can be read", (name) => {
    expect(() => compileGrok(`%{${name}}`, { ...OPTIONS, namedCapturesOnly: false })).not.toThrow();
  });
});

describe("TransformValue", () => {
  test.each<[string, string, JsonMap, unknown]>([
    [
      "reads an access log",
      '10.0.0.1 - frank [10/Oct/2023:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.1" 200 2326 "http://e.com/" "Mozilla/4.0 (X)"',
      { pattern: "%{COMBINEDAPACHELOG}" },
      {
        clientip: "10.0.0.1",
        ident: "-",
        auth: "frank",
        timestamp: "10/Oct/2023:13:55:36 -0700",
        verb: "GET",
        request: "/a.gif?x=1",
        httpversion: "1.1",
        response: "200",
        bytes: "2326",
        referrer: '"http://e.com/"',
        agent: '"Mozilla/4.0 (X)"',
      },
    ],
    [
      "reads a line of syslog",
      "Feb  5 10:11:12 web-1 sshd[4242]: Accepted password",
      { pattern: "%{SYSLOGLINE}" },
      { timestamp: "Feb  5 10:11:12", logsource: "web-1", program: "sshd", pid: "4242", message: "Accepted password" },
    ],
    [
      "converts",
      "7 1.5 true x",
      { pattern: "%{INT:i:int} %{NUMBER:f:float} %{WORD:b:boolean} %{WORD:s:STRING}" },
      { i: 7, f: 1.5, b: true, s: "x" },
    ],
    [
      "knows groups with names of their own",
      "id=ABC-1",
      { pattern: "id=(?<queue_id>[A-Z]+)-%{INT:n}" },
      { queue_id: "ABC", n: "1" },
    ],
    ["leaves escaped references alone", "%{INT}", { pattern: String.raw`(?<all>\%\{INT\})` }, { all: "%{INT}" }],
    [
      "captures patterns without names when asked",
      "a 1",
      { pattern: "%{WORD} %{INT:n}", namedCapturesOnly: false },
      { WORD: "a", n: "1" },
    ],
    ["takes the first pattern that matches", "12", { patterns: ["%{UUID:u}", "%{INT:i}", "%{WORD:w}"] }, { i: "12" }],
    [
      "puts together what all capture",
      "12",
      { patterns: ["%{INT:i}", "%{WORD:w}"], breakOnFirstMatch: false },
      { i: "12", w: "12" },
    ],
    ["drops what is empty", "a=", { pattern: "(?:%{WORD:k}=%{DATA:v}$|%{INT:n})" }, { k: "a" }],
    [
      "keeps what is empty when asked",
      "a=",
      { pattern: "(?:%{WORD:k}=%{DATA:v}$|%{INT:n})", keepEmptyCaptures: true },
      { k: "a", v: "", n: null },
    ],
    [
      "takes a field of several places from the one that matched",
      "x",
      { pattern: "(?:%{INT:v}|%{WORD:v})" },
      { v: "x" },
    ],
    [
      "uses definitions",
      "A-1",
      { pattern: "%{TICKET:t}", patternDefinitions: { TICKET: "%{WORD}-%{INT}" } },
      { t: "A-1" },
    ],
    ["answers nothing where nothing matches", "abc", { pattern: "%{UUID:u}" }, {}],
  ])("%s", async (_name, from, properties, expected) => {
    const { value, message } = await run(from, properties);
    expect(message).toBeUndefined();
    expect(value).toEqual(expected);
  });

  test("uses the patterns of files, which `patternDefinitions` replace", async () => {
    const files = { "grok/a": "# a comment\nTICKET  [A-Z]+-\\d+  \n\nOTHER x\n", "grok/b": "OTHER y\n" };
    const pattern = "%{TICKET:t} %{OTHER:o}";
    expect((await run("AB-12 y", { pattern, patternsDir: ["grok"] }, files)).value).toEqual({ t: "AB-12", o: "y" });
    const properties = { pattern, patternsDir: ["grok"], patternDefinitions: { OTHER: "z" } };
    expect((await run("AB-12 z", properties, files)).value).toEqual({ t: "AB-12", o: "z" });
  });

  test.each<[JsonMap, string]>([
    [{}, "There is no pattern: give `pattern` or `patterns`."],
    [
      { pattern: "%{NOPE}" },
      "There is no Grok pattern NOPE. Define it in `patternDefinitions`, or in a file of `patternsDir`.",
    ],
    [
      { pattern: "%{constructor}" },
      "There is no Grok pattern constructor. Define it in `patternDefinitions`, or in a file of `patternsDir`.",
    ],
    [
      { pattern: "%{INT:a:date}" },
      "The Grok field a has the type date: string, short, int, long, float, double, boolean, duration are those there are.",
    ],
    [{ pattern: "%{WORD:a:int}" }, 'The Grok field a is "abc", which is no int.'],
    [
      { pattern: "%{A}", patternDefinitions: { A: "%{B}", B: "%{A}" } },
      "The Grok pattern A contains itself: A > B > A.",
    ],
    [{ pattern: "(" }, 'The Grok pattern ( can\'t be read. "(" is no regular expression: '],
    [
      { pattern: "%{INT}", patternsDir: ["none"] },
      "The folder none of `patternsDir` can't be read in the working folder.",
    ],
    [
      { pattern: "%{INT}", patternsDir: ["../x"] },
      'the file name "../x" leads out of the working folder: use a path below it',
    ],
    [{ pattern: "^(?=(a+)+\\1$)a" }, "No"],
  ])("with %j fails, or doesn't match", async (properties, message) => {
    const { message: told, logs } = await run("abc", properties);
    expect(told ?? logs[0]!.message).toContain(message);
  });

  test("a pattern that takes too long is ended", async () => {
    const { message } = await run(`${"a".repeat(60)}!`, { pattern: "^(?=(a+)+\\1$)a" });
    expect(message).toBe("A Grok pattern takes too long on a text of 61 characters. Make it simpler.");
  });

  test("a file of patterns may be so large, and no larger", async () => {
    const properties = { pattern: "%{T:t}", patternsDir: ["."] };
    const line = "T abc\n";
    const fitting = line.padEnd(PATTERN_FILE_BYTES_MAX, "#");
    expect((await run("abc", properties, { p: fitting })).value).toEqual({ t: "abc" });
    expect((await run("abc", properties, { p: `${fitting}#` })).message).toBe(
      `The file ./p of patterns is larger than ${PATTERN_FILE_BYTES_MAX} bytes.`,
    );
  });
});

test("patterns may be nested so deep, and no deeper", () => {
  const nested = (depth: number) =>
    Object.fromEntries(
      Array.from({ length: depth }, (_, index) => [`P${index + 1}`, index + 1 === depth ? "x" : `%{P${index + 2}}`]),
    );
  const grok = (depth: number) => compileGrok("%{P1:p}", { definitions: nested(depth), namedCapturesOnly: true });
  expect(grok(PATTERN_DEPTH_MAX)("x")?.get("p")).toBe("x");
  expect(() => grok(PATTERN_DEPTH_MAX + 1)).toThrow(`nested more than ${PATTERN_DEPTH_MAX} levels deep`);
});

test("a pattern may be so long when it is written out, and no longer", () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`P${index}`, `%{P${index + 1}}%{P${index + 1}}`]),
  );
  expect(() => compileGrok("%{P0}", { definitions: { ...doubling, P20: "x" }, namedCapturesOnly: true })).toThrow(
    `more than ${EXPANDED_CHARACTERS_MAX} characters`,
  );
});

describe("TransformItems", () => {
  const FILE = "kestra:///in/lines.ion";
  async function items(lines: string) {
    await using world = createTestWorld();
    world.files.seed(FILE, lines);
    const { outputs, message } = await world.run(transformItems, { from: FILE, pattern: "%{INT:n:int}" });
    return { outputs, message, text: outputs && (await world.files.text(String(outputs["uri"]))), logs: world.logs };
  }

  test("makes records of what matches", async () => {
    const { outputs, text, logs } = await items('"a 1"\n"none"\n22\n');
    expect(text).toBe('{"n":1}\n{"n":22}\n');
    expect(outputs).toMatchObject({ processedItemsTotal: 2 });
    expect(logs.at(-1)!.message).toBe("2 of 3 texts matched");
  });

  test("tells what is no text", async () => {
    expect((await items('"1"\n{"a":1}\n')).message).toBe("Record 2 is no text but a map or a list: Grok reads texts.");
  });
});
