import { raw } from "jq-wasm";
import { describe, expect, test } from "vitest";
import { ExpressionError } from "../errors.ts";
import { runJq } from "./run.ts";
import { jqJson } from "./values.ts";

const run = (program: string, input: unknown): unknown[] => runJq(program, input, () => undefined, 10_000_000);

/** Results as lines of JSON, an error as its message. */
function own(program: string, input: unknown): string {
  try {
    return run(program, input).map(jqJson).join("\n");
  } catch (error) {
    if (error instanceof ExpressionError) return "error";
    throw error;
  }
}

async function reference(program: string, input: unknown): Promise<string> {
  try {
    const text = await raw(JSON.stringify(input), program, ["-c"]);
    return text.trimEnd();
  } catch {
    return "error";
  }
}

const people = {
  people: [
    { name: "Ada", age: 36, tags: ["math", "code"], address: { city: "London" } },
    { name: "Grace", age: 45, tags: [], address: null },
    { name: "Linus", age: 36, tags: ["kernel"], address: { city: "Portland" } },
  ],
  count: 3,
  text: "Hello, wörld 😀",
};

const programs: Record<string, readonly string[]> = {
  "paths and indexes": [
    ".",
    ".count",
    ".people[0].name",
    ".people[-1].name",
    ".people[].name",
    '."count"',
    '.["count"]',
    ".people | .[1:]",
    ".people[:1] | .[].age",
    ".people[10]",
    ".nothing",
    ".nothing.more",
    ".nothing?",
    ".count.x?",
    ".count.x",
    ".text[7:12]",
    ".people[.count - 3].name",
    ".people[0]|keys",
    ".people[0] | keys_unsorted",
    "..|numbers",
    "[..] | length",
    ".people | .[0:2] | length",
    "[1,2,1] | .[[1]]",
    '.people[0]["name","age"]',
  ],
  construction: [
    "[.people[].age]",
    '{a: 1, "b": 2, c: .count}',
    "{count, text}",
    "{(.people[].name): 1}",
    "{a: (1,2), b: (3,4)}",
    '{"x\\(.count)": 1}',
    ".count as $c | {$c, d: $c}",
    "[]",
    "{}",
    '[1, [2, {"a": null}]]',
    '"a\\(1 + 2)b\\("c")"',
    '"\\u00e9\\n\\t\\""',
    "{if: 1, then: 2}",
    '{@base64 "x": 1}?',
    '{"a b"}',
  ],
  operators: [
    "1 + 2 * 3 - 4 / 2",
    "(1,2) + (10,20)",
    "7 % 3, -7 % 3, 7 % -3, 5.9 % 2",
    '"a" + "b", "ab" * 2, "a,b" / ","',
    "[1,2,1] - [1]",
    "{a: {b: 1}} * {a: {c: 2}}",
    "{a: 1} + {b: 2}",
    "null + 1, 1 + null",
    "1 / 0",
    "{} + 1",
    '1 == 1.0, "1" == 1, [1] == [1], {a:1} == {a:1}',
    '1 < "a", [] < {}, null < false, "a" < "b"',
    "true and false, true or false, null | not",
    "(true, false) and (true, false)",
    "(true, false) or (true, false)",
    '.nothing // "fallback"',
    "(false, null, 1, 2) // 3",
    "empty // 3",
    "[.[]?] | length",
    "1, 2 | . * 10",
    "-(1 + 2)",
    "-.count",
    "1 as $x | 2 as $y | [$x, $y, $x + $y]",
    "[3, 1, 2] | sort | reverse",
    "1 - -1",
  ],
  lists: [
    ".people | map(.age)",
    ".people | map(select(.age > 36) | .name)",
    ".people | sort_by(.age, .name) | map(.name)",
    ".people | sort_by(-.age) | .[0].name",
    ".people | group_by(.age) | map(length)",
    ".people | unique_by(.age) | map(.name)",
    ".people | min_by(.age).name, max_by(.age).name",
    "[1,2,3] | add, (add / length)",
    "[] | add, min, max",
    "[3,1,2] | min, max",
    '[1,1,2,null,"a"] | unique',
    "[[1,[2]],3] | flatten, flatten(1)",
    "[1,2,3] | any(. > 2), all(. > 0)",
    "[true,false] | any, all",
    "any(.people[]; .age > 40), all(.people[]; .age > 40)",
    "[1,2,3] | first, last, nth(1)",
    "first(range(10;20)), last(range(5)), nth(2; range(5))",
    "[limit(3; range(100))]",
    "[range(5)], [range(2;4)], [range(0;10;3)], [range(5;0;-2)], [range(0,1;3,4)]",
    "[1,2,3] | index(2), contains([1]), inside([1,2,3,4])",
    "[1,2,3,2] | indices(2), rindex(2)",
    '["a",1,null,true] | join("-")',
    "[[1,2],[3]] | transpose",
    '[1,[2,3]] | [recurse(if type == "array" then .[] else empty end)] | length',
    "[[1,2],[3,4]] | [combinations]",
    "[1,2,3] | to_entries | map(.key)",
    "[1,2,3,4] | map(select(. % 2 == 0))",
    "isempty(empty), isempty(1)",
    '[splits("a")]?',
    "[.people[] | .tags[]] | unique",
    "[1,null,2] | map(values)",
    "[.[]?, 1] | length",
  ],
  objects: [
    ".people[0] | to_entries | map(.key)",
    "{a:1,b:2} | with_entries(.value += 1)",
    "{a:1,b:2} | map_values(. * 10), map_values(empty)",
    '{a:1} | has("a"), has("b")',
    "[1] | has(0), has(1)",
    '"a" | in({a:1})',
    "{b:1,a:2} | keys, tojson, add",
    "{a:[1,2]} | contains({a:[1]})",
    "del(.people)",
    "{a:[1,2,3]} | del(.a[0,2])",
    "{a:1,b:2} | del(.a, .b)",
    "[paths]",
    "path(.people[0].name)",
    "[path(..)] | length",
    '{a:{b:1}} | getpath(["a","b"]), getpath(["x","y"])',
    '{} | setpath(["a",0,"b"]; 1)',
    '{a:1,b:2} | delpaths([["a"]])',
    "{a:[{b:1},{b:2}]} | pick(.a[1].b)",
    '{a:{b:2}} | walk(if type == "number" then . + 1 else . end)',
    "INDEX(.people[]; .name) | keys",
    "[1,2] | IN(.[]; 2, 3)",
    "{} | .a.b.c = 1",
    "tostream?|length",
  ],
  assignment: [
    ".count = 5 | .count",
    ".count |= . + 1 | .count",
    ".count += 1 | .count",
    ".people[].age -= 1 | [.people[].age]",
    '.people[0].tags[1] = "x" | .people[0].tags',
    "{a:null} | .a //= 3",
    "{a:1} | .b = (1,2)",
    "[1,2,3] | .[1:] = [9]",
    "[1,2,3] | (.[] | select(. > 1)) |= empty",
    "[1,2,3] | .[-1] = 9",
    "null | .[2] = 1",
    "{a:2} | .a *= 3 | .a /= 2 | .a %= 2",
    "{a:[1,2]} | .a[] += 1",
    ".a.b |= 3 | .a",
  ],
  control: [
    'if .count > 2 then "many" else "few" end',
    "if .count == 1 then 1 elif .count == 3 then 3 else 0 end",
    "if false then 1 end",
    '[.people[] | if .age > 40 then "old" else "young" end]',
    "if (true, false) then 1 else 2 end",
    'try error("x") catch .',
    "try error({a:1}) catch .a",
    'try (1, error("x"), 3) catch .',
    "[.people[] | .address.city?]",
    'error("boom")',
    "error(null)?",
    "reduce range(5) as $i (0; . + $i)",
    "reduce .people[] as {name: $n, age: $a} ({}; .[$n] = $a)",
    "[foreach range(5) as $i (0; . + $i)]",
    "[foreach range(5) as $i (0; . + $i; [$i, .])]",
    "label $out | 1, 2, break $out, 3",
    "[label $f | range(10) | ., (select(. == 3) | break $f)]",
    "def f: . + 1; .count | f | f",
    "def f(g): [g, g]; f(1)",
    "def f($a; $b): $a + $b; f(1; 2)",
    "def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 5 | fac",
    "def f(x): x * 2; def g: f(.); 4 | g",
    "[1 | until(. > 100; . * 2)]",
    "[1 | while(. < 100; . * 2)]",
    "[recurse(if . < 3 then . + 1 else empty end)]?",
    "2 | [recurse(if . < 5 then . + 1 else empty end; . < 4)]",
    ". as [$a, {b: $c}] | 1",
    '[[1,{"b":2}]] | .[] as [$a, {b: $c}] | [$a, $c]',
    '[[1,2],{"a":3}] | .[] as [$a] ?// {a: $a} | $a',
    '{"a":1} as {a: $x} | $x',
    '{"k":"a","a":5} | . as {k: $k} | .[$k]',
    "$undefined",
    "unknown_function",
    "1 +",
    "[1, 2",
    '"a',
    ". # with a comment",
    "debug | .count",
    "env | type",
  ],
  texts: [
    ".text | length, utf8bytelength",
    ".text | ascii_downcase, ascii_upcase",
    '"a,b,c" | split(",")',
    '"abc" | split("")',
    '"a1b22c" | split("[0-9]+"; null)',
    '"abc" | startswith("a"), endswith("c"), contains("b")',
    '1 | startswith("a")',
    '"prefix-x" | ltrimstr("prefix-"), rtrimstr("-x"), ltrimstr(1)',
    '"abcb" | index("b"), rindex("b"), indices("b")',
    '"abc" | explode, (explode | implode)',
    '"x" | tojson, ([1,"a"] | tojson), ("[1,2]" | fromjson)',
    '"{" | fromjson',
    '1, "a", null, [1] | tostring',
    '"x" | tonumber',
    '1, null, "a", [], {}, true | type',
    '["a","b"] | @csv, @tsv, @json, @sh',
    '[1,"a\\"b",null,true] | @csv',
    '"a b&c=é" | @uri',
    '"hello" | @base64, (@base64 | @base64d)',
    '@text "v=\\(.count)", @json "v=\\(.text)", @base64 "v=\\("x")"',
    "@csv",
    '"x" | @nope',
    "[.text | explode[] ] | length",
  ],
  "regular expressions": [
    '"foobar" | test("o+"), test("X"), test("FOO"; "i")',
    '"foo bar" | match("(?<first>\\\\w+) (\\\\w+)")',
    '["aXbX" | match("X"; "g") | .offset]',
    '"test 12 and 345" | [scan("[0-9]+")]',
    '"a1b2" | [scan("([a-z])([0-9])")]',
    '"2024-05-06" | capture("(?<y>\\\\d+)-(?<m>\\\\d+)")',
    '"aaa" | sub("a"; "b"), gsub("a"; "b")',
    '"abc" | gsub("(?<x>[a-c])"; "<\\(.x)>")',
    '"ABC" | gsub("b"; "-"; "i")',
    '"a, b;c" | [splits("[,;] *")]',
    '"a" | test(["A", "i"])',
    '"x" | test("(")',
    '"x" | test("x"; "q")',
    '1 | test("a")',
    '"xay" | [match("(b)?a").captures[0].string]',
    '"a\\nb" | test("^b"), test("a$"), test("a.b"), test("a.b"; "s"), test("a.b"; "p"), test("a\\n$")',
    '"AB" | test(" a b "; "ix"), test("(?i)ab"), [match("(?<x>A)|(?<y>B)"; "g").captures[].name]',
    '"aab" | [match("a*"; "g").length], [match("a*"; "gn").string], gsub("^"; ">")',
    '"😀a😀a" | [match("a"; "g") | .offset], split("a"; "g")',
    '"x1é" | [match("[[:alpha:]]+|[[:digit:]]"; "g").string]',
    '"😀x" | match("x").offset',
  ],
  numbers: [
    "1.5 | floor, ceil, round, sqrt | . * 100 | floor",
    "-1.5 | floor, ceil, round, fabs",
    "[pow(2; 10), log2, exp10]?",
    "100 | log10, (8 | log2)",
    "nan | isnan, (infinite | isinfinite)",
    "[nan] | sort",
    "[infinite, -infinite, nan] | map(tostring)",
    "[.1, 10] | add",
    "1, -1, 0 | length",
    "true | length",
  ],
  dates: [
    "0 | todate",
    '1700000000 | todate, strftime("%A, %B %d, %Y %H:%M:%S %j %e %p %I")',
    '"2015-03-05T23:51:47Z" | fromdate, strptime("%Y-%m-%dT%H:%M:%SZ")',
    "1425599621 | gmtime | mktime, todate",
    '"10:20 05 Mar 2015" | strptime("%H:%M %d %b %Y") | mktime',
    '"nonsense" | fromdate',
    '"x" | todate',
  ],
};

describe.each(Object.entries(programs))("jq programs about %s give what jq gives", (_, list) => {
  test.each(list)("%s", async (program) => {
    expect(own(program, people)).toBe(await reference(program, people));
  });
});

// The build of jq that the tests compare with differs here from version 1.6, which flows were written for.
describe("jq programs give what jq 1.6 gives", () => {
  test.each<[program: string, results: unknown[]]>([
    ["{a: 1 | . + 1}", [{ a: 2 }]],
    ['"x" * 0', [null]],
    ['(error("x")) // 3', [3]],
    ['.nothing?//"f"', ["f"]],
    ['[{key:"a",value:1},{name:"b",value:2},{k:"c",v:3}] | from_entries', [{ a: 1, b: 2, c: 3 }]],
    ["{a:{b:1}} | [paths], [leaf_paths]", [[["a"], ["a", "b"]], [["a", "b"]]]],
    ["[limit(5; 1 | repeat(. * 2))]", [[1, 2, 4, 8, 16]]],
    ["", [people]],
    ["# only a comment", [people]],
    ['"  a " | trim, ltrim, rtrim', ["a", "a ", "  a"]],
    ['"12", "1.5", "-3e2" | tonumber', [12, 1.5, -300]],
    [`"<a & 'b'>" | @html`, ["&lt;a &amp; &#39;b&#39;&gt;"]],
    ["1e3, 1.0, 3.10, 1e-5", [1000, 1, 3.1, 0.00001]],
    ['"abc" | ascii_downcase | test("B"; "i")', [true]],
    ["[1,2,3] | getpath([0]), nth(1)", [1, 2]],
    ["[3,1] | sort_by(.), add(.[])", [[1, 3], 4]],
  ])("%s", (program, results) => {
    expect(run(program, people)).toEqual(results);
  });
});

describe("jq programs in flows", () => {
  test.each<[program: string, input: unknown, results: unknown[]]>([
    [".[].uri", [{ uri: "a" }, { uri: "b" }], ["a", "b"]],
    ['endswith(".json")', "x.json", [true]],
    ['[.[].order_id | tostring] | join(",")', [{ order_id: 1 }, { order_id: 2 }], ["1,2"]],
    ['.missing | if length == 0 then "none" else join(", ") end', { missing: [] }, ["none"]],
    ['.notes // ""', {}, [""]],
    ['(.confidence * 100 | floor | tostring) + "%"', { confidence: 0.876 }, ["87%"]],
    [".[0:2]", [1, 2, 3], [[1, 2]]],
  ])("%s", (program, input, results) => {
    expect(run(program, input)).toEqual(results);
  });

  test("long integers pass unchanged", () => {
    expect(run(".id", { id: 12345678901234567890n })).toEqual([12345678901234567890n]);
  });

  test("a key named __proto__ is an ordinary key", () => {
    expect(run('.["__proto__"] = 1 | keys', {})).toEqual([["__proto__"]]);
    expect(Object.hasOwn(Object.prototype, "1")).toBe(false);
  });
});

describe("limits of jq programs", () => {
  test("endless programs stop when their steps are spent", () => {
    let steps = 0;
    const spend = (count: number): void => {
      steps += count;
      if (steps > 10_000) throw new ExpressionError("LIMIT", "too many steps");
    };
    expect(() => runJq("[repeat(1)]", null, spend, 1000)).toThrow("too many steps");
    expect(() => runJq("last(range(infinite))", null, spend, 1000)).toThrow("too many steps");
  });

  test("endless recursion stops at a depth", () => {
    expect(() => run("def f: 1 + f; f", null)).toThrow("more than 200 levels deep");
    expect(() => run("def f(g): f(g | g); f(.)", null)).toThrow(/levels deep|too deeply/u);
  });

  test("texts stay within the bound", () => {
    expect(() => runJq('reduce range(20) as $i ("ab"; . + .)', null, () => undefined, 1000)).toThrow("too long");
  });

  test("deeply nested programs are refused", () => {
    expect(() => run(`${"[".repeat(5000)}1${"]".repeat(5000)}`, null)).toThrow("nested too deeply");
    expect(() => run(`${"-".repeat(50_000)}1`, null)).toThrow("nested too deeply");
  });

  test("a mistake names the program and the place", () => {
    expect(() => run(".a |", {})).toThrow(
      "The jq program `.a |` can't be read: expected a value, not the end, at offset 4",
    );
    expect(() => run(".a.b", { a: 1 })).toThrow('The jq program `.a.b` failed: Cannot index number with "b"');
  });
});
