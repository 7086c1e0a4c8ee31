import { describe, expect, test } from "vitest";
import { expectPrinted, render, valueOf } from "../testing/rendering.ts";

const values = {
  n: null,
  list: [3, 1, 2],
  words: ["b", "a"],
  map: { b: 1, a: [2] },
  lines: "a\nb\nc",
  windowsLines: "a\r\nb",
};

describe("filters on texts", () => {
  test.each([
    ["'abcdefgh' | abbreviate(5)", "ab..."],
    ["'abc' | abbreviate(5)", "abc"],
    ["'abcdefgh' | abbreviate(2)", "ab"],
    ["'ab cd' | capitalize", "Ab cd"],
    ["'ab cd' | title", "Ab Cd"],
    ["'aBc' | lower", "abc"],
    ["'aBc' | upper", "ABC"],
    ["n | upper", ""],
    ["'  a ' | trim", "a"],
    ["12 | string", "12"],
    ["'abc' | startsWith('ab')", "true"],
    ["'abc' | endsWith('ab')", "false"],
    [`"L'eau" | escapeChar('shell')`, String.raw`L'\''eau`],
    [`"L'eau" | escapeChar('single')`, String.raw`L\'eau`],
    [`'a"b' | escapeChar('double')`, String.raw`a\"b`],
    [`["'", {'k': "'"}] | escapeChar('single')`, String.raw`["\\'",{"k":"\\'"}]`],
    ["'a' | escapeChar('other')", "Error: `escapeChar` knows the types single, double and shell"],
    ["lines | indent(2)", "a\n  b\n  c"],
    ["lines | indent(1, '--')", "a\n--b\n--c"],
    ["lines | nindent(2)", "\n  a\n  b\n  c"],
    ["'' | nindent(2)", ""],
    ["windowsLines | indent(2)", "a\r\n  b"],
    ["windowsLines | nindent(2)", "\r\n  a\r\n  b"],
    ["lines | nl2br", "a<br />b<br />c"],
    ["'Été à Paris_1' | slugify", "ete-a-paris-1"],
    ["'a.b.c' | substringBefore('.')", "a"],
    ["'a.b.c' | substringBeforeLast('.')", "a.b"],
    ["'a.b.c' | substringAfter('.')", "b.c"],
    ["'a.b.c' | substringAfterLast('.')", "c"],
    ["'abc' | substringAfter('.')", ""],
    ["'abc' | substringBefore('.')", "abc"],
    ["'a1' | replace({'[0-9]': 'x'}, regexp=true)", "ax"],
    ["'a.b' | replace({'.': '-', 'b': '$1'})", "a-$1"],
    ["'ab' | replace({'(a)(b)': '$2$1'}, true)", "ba"],
    [String.raw`'a.b.' | split('\.')`, '["a","b"]'],
    ["'a,b,c' | split(',', 2)", '["a","b,c"]'],
    ["'abc' | split('')", '["a","b","c"]'],
    ["'a1b' | split('(')", 'Error: "(" is no regular expression'],
    ["'%s-%03d' | format('a', 7)", "a-007"],
    ["'abc' | regexMatch('a.c')", "true"],
    ["'xabcx' | regexMatch('a.c')", "true"],
    ["'xabc' | regexMatch('^a.c')", "false"],
    ["n | regexMatch('.*')", "false"],
    [String.raw`'v12.3' | regexExtract('(\d+)\.(\d+)', 2)`, "3"],
    ["'abc' | regexExtract('x')", ""],
    [String.raw`'a1b2' | regexReplace('(\d)', '<$1>')`, "a<1>b<2>"],
    ["'ab' | regexMatch('[a-z]++')", "true"],
    [String.raw`'Ab1' | replace({'\p{Alpha}+': 'x'}, true)`, "x1"],
    ["'Ab' | regexMatch('(?i)AB')", "true"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("filters on lists and maps", () => {
  test.each([
    ["[1,2,3] | chunk(2)", "[[1,2],[3]]"],
    ["[1] | chunk(0)", "Error: The argument `size` must be 1 or more"],
    ["[1,1,2,{'a':1},{'a':1}] | distinct", '[1,2,{"a":1}]'],
    ["n | distinct", "null"],
    ["'a' | distinct", "Error: `distinct` needs a list"],
    ["list | first", "3"],
    ["list | last", "2"],
    ["'abc' | first", "a"],
    ["'abc' | last", "c"],
    ["[] | first", ""],
    ["'' | last", ""],
    ["[[1],[2,[3]],4] | flatten", "[1,2,[3],4]"],
    ["[1,2] | join('-')", "1-2"],
    ["[1,n,'a'] | join(',')", "1,,a"],
    ["'abc' | length", "3"],
    ["list | length", "3"],
    ["map | length", "2"],
    ["n | length", "0"],
    ["42 | length", "0"],
    ["{'a':1} | merge({'b':2})", '{"a":1,"b":2}'],
    ["[1] | merge([2])", "[1,2]"],
    ["[1] | merge({'b':2})", "Error: `merge` needs two maps or two lists"],
    ["list | sort", "[1,2,3]"],
    ["list | rsort", "[3,2,1]"],
    ["words | sort", '["a","b"]'],
    ["[1,'a'] | sort", "Error: "],
    ["list | reverse", "[2,1,3]"],
    ["'abcd' | slice(1,3)", "bc"],
    ["list | slice(1)", "[1,2]"],
    ["'abcd' | slice(toIndex=2)", "ab"],
    ["'abcd' | slice(1,9)", "Error: There is no slice from 1 to 9 of 4 elements"],
    ["map | keys", '["b","a"]'],
    ["list | keys", "[0,1,2]"],
    ["map | values", "[1,[2]]"],
    ["list | values", "Error: `values` needs a map"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));

  test("sort, rsort and reverse change the list they are given, but only within one rendering", () => {
    const scope = { list: [3, 1, 2] };
    expect(render("{{ list }}{{ list | sort }}{{ list }}{{ list | reverse }}{{ list }}", scope)).toBe(
      "[3,1,2][1,2,3][1,2,3][3,2,1][3,2,1]",
    );
    expect(scope.list).toEqual([3, 1, 2]);
    expect(render("{{ list }}", scope)).toBe("[3,1,2]");
  });
});

describe("filters on numbers", () => {
  test.each([
    ["-3 | abs", "3"],
    ["-1.5 | abs", "1.5"],
    ["n | abs", "Error: `abs` needs a number, not null"],
    ["'12' | number", "12"],
    ["'12' | number + 1", "13"],
    ["'12.3' | number", "12.3"],
    ["'12.3' | number | className", "java.lang.Float"],
    ["'12' | number('DOUBLE')", "12.0"],
    ["'12' | number(type='INT')", "12"],
    ["'3000000000' | number('INT')", 'Error: "3000000000" is no number of type INT'],
    ["'0.123456789' | number('FLOAT')", "0.12345679"],
    ["'123456789012345678901234567890' | number('BIGINTEGER')", "123456789012345678901234567890"],
    ["'0x1F' | number", "31"],
    ["'-0x1F' | number('INT')", "-31"],
    ["'12L' | number", "12"],
    ["'1.5f' | number | className", "java.lang.Float"],
    ["'1.5d' | number | className", "java.lang.Double"],
    ["'0.123456789' | number | className", "java.lang.Double"],
    ["'1.5L' | number", 'Error: "1.5L" is no number'],
    ["'1e3' | number('BIGDECIMAL')", "1000"],
    ["'1.50' | number('BIGDECIMAL')", "1.50"],
    ["'1e99999' | number('BIGDECIMAL')", 'Error: The exponent of "1e99999" is beyond 1000'],
    ["'1' | number('SHORT')", 'Error: `number` knows no type "SHORT"'],
    ["12 | number", "Error: `number` needs a text"],
    ["'abc' | number", 'Error: "abc" is no number'],
    ["1.2327 | numberFormat('#.##')", "1.23"],
    ["1234567.891 | numberFormat('#,##0.00')", "1,234,567.89"],
    ["0.125 | numberFormat('0.00')", "0.12"],
    ["0.375 | numberFormat('0.00')", "0.38"],
    ["0.256 | numberFormat('0.0%')", "25.6%"],
    ["-5 | numberFormat('000')", "-005"],
    ["-5 | numberFormat('0;(0)')", "(5)"],
    ["12345 | numberFormat('0.00E0')", "1.23E4"],
    ["5 | numberFormat(\"'#'0 'pcs'\")", "#5 pcs"],
    ["0.5 | numberFormat('#.##')", ".5"],
    ["1234.5 | numberFormat", "1,234.5"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("filters between notations", () => {
  test.each([
    ["'a' | base64encode", "YQ=="],
    ["'Ŵ😀' | base64encode | base64decode", "Ŵ😀"],
    ["'*' | base64decode", "Error: The text is not Base64"],
    ["'a b&c/é~' | urlencode", "a+b%26c%2F%C3%A9%7E"],
    ["'a+b%26c' | urldecode", "a b&c"],
    ["'%zz' | urldecode", "Error: The text is not encoded for a form"],
    ["'a' | md5", "0cc175b9c0f1b6a831c399e269772661"],
    ["'' | sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ["{'a':[1]} | toJson", '{"a":[1]}'],
    ["{'a':[1]} | json", '{"a":[1]}'],
    ["'a\"b' | toJson", String.raw`"a\"b"`],
    ["n | toJson", "null"],
    ["[1.0, 2.5, true, null] | toJson", "[1.0,2.5,true,null]"],
    ["{'a':1} | yaml", "a: 1\n"],
    ["n | yaml", "null"],
    ["n | toIon", "null"],
    ["{'a':[1,{'b':'x'}]} | yaml", "a:\n- 1\n- b: x\n"],
    ["{'a':1,'b c':\"x\",'f':1.5,'n':null} | toIon", `{a:1,'b c':"x",f:1.5e0,n:null}`],
    ["{'a':1} | jq('.a')", "[1]"],
    ["{'a':1} | jq('.a') | first", "1"],
    ["{'a':1} | jq('.a |')", "Error: The jq program `.a |` can't be read"],
    ["'' | default('x')", "x"],
    ["' ' | default('x')", "x"],
    ["[] | default('x')", "x"],
    ["n | default('x')", "x"],
    ["0 | default('x')", "0"],
    ["missing | default('x')", "x"],
    ["missing.deep | default('x')", "x"],
    ["1 | className", "java.lang.Long"],
    ["1.5 | className", "java.lang.Double"],
    ["'a' | className", "java.lang.String"],
    ["true | className", "java.lang.Boolean"],
    ["[] | className", "java.util.ArrayList"],
    ["{} | className", "java.util.LinkedHashMap"],
    ["n | className", ""],
    ["'x' | dateFormat", "Error: Filter [dateFormat] does not exist."],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("filters on dates", () => {
  test.each([
    ["'2013-09-08' | date('yyyy/MM/dd')", "2013/09/08"],
    ["'July 24, 2001' | date('yyyy-MM-dd', existingFormat='MMMM dd, yyyy')", "2001-07-24"],
    ["'2013-09-08T17:19:12' | date(timeZone='Europe/Paris')", "2013-09-08T17:19:12.000000+02:00"],
    ["'2013-09-08T17:19:12+02:00' | date", "2013-09-08T15:19:12.000000Z"],
    ["1378653552 | date('yyyy-MM-dd HH:mm:ss')", "2013-09-08 15:19:12"],
    ["1378653552123 | date('iso_milli')", "2013-09-08T15:19:12.123Z"],
    ["1378653552123456 | date('iso')", "2013-09-08T15:19:12.123456Z"],
    ["1378653552123456789 | date('n')", "123456789"],
    ["'2024-01-31' | dateAdd(1,'DAYS') | date('yyyy-MM-dd')", "2024-02-01"],
    ["'2024-01-31' | dateAdd(1,'MONTHS', 'yyyy-MM-dd')", "2024-02-29"],
    ["'2024-03-31T00:30:00' | dateAdd(1, 'DAYS', timeZone='Europe/Paris')", "2024-04-01T00:30:00.000000+02:00"],
    ["'2024-01-01' | dateAdd('-2', 'HOURS', 'sql_sec')", "2023-12-31 22:00:00"],
    ["'2024-01-01' | dateAdd(1, 'EONS')", 'Error: "EONS" is no unit of time'],
    ["'2024-01-01T00:00:00Z' | timestamp", "1704067200"],
    ["'2024-01-01' | timestamp(timeZone='Europe/Paris')", "1704063600"],
    ["'2024-01-01T00:00:00.123456789Z' | timestampMilli", "1704067200123"],
    ["'2024-01-01T00:00:00.123456789Z' | timestampMicro", "1704067200123456"],
    ["'2024-01-01T00:00:00.123456789Z' | timestampNano", "1704067200123456789"],
    ["'01/02/2024' | date", 'Error: "01/02/2024" is no ISO date'],
    ["n | date", ""],
    ["'2024-01-01' | date(timeZone='Mars')", 'Error: "Mars" is no time zone'],
    ["'2013-09-08' | date('EEEE d MMMM', locale='fr_FR')", "dimanche 8 septembre"],
    ["true | date", "Error: A value of type java.lang.Boolean is no date"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("calls of filters", () => {
  test.each([
    ["'a' | upper(1)", "Error: The filter `upper` takes no arguments"],
    ["'a' | slice(from=1)", "Error: The filter `slice` has no argument `from`; it takes `fromIndex`, `toIndex`"],
    ["'a' | slice(1, fromIndex=1)", "Error: The filter `slice` gets the argument `fromIndex` twice"],
    ["'a' | abbreviate", "Error: The filter `abbreviate` needs the argument `length`"],
    ["'a' | unknown", "Error: Filter [unknown] does not exist."],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));

  test("an unknown filter fails only where it is evaluated", () => {
    expect(valueOf("true ? 1 : ('x' | unknown)")).toBe(1);
  });
});
