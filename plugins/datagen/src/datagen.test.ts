import { type JsonMap, readRecords } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { generate } from "./generate.ts";
import { RANDOM_BYTES_MAX } from "./generator.ts";
import { CSV_ROWS_MAX } from "./make-up.ts";
import { PROVIDERS } from "./providers.ts";
import { trigger } from "./trigger.ts";

const GENERATORS = "io.kestra.plugin.datagen.generators";
const text = (value: string, locale?: unknown) =>
  ({ type: `${GENERATORS}.StringValueGenerator`, value, ...(locale !== undefined && { locale }) }) as JsonMap;
const object = (value: JsonMap) => ({ type: `${GENERATORS}.JsonObjectGenerator`, value }) as JsonMap;

async function run(properties: JsonMap, options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const outcome = await world.run(generate, properties);
  return { ...outcome, world };
}
const madeOf = async (value: string, locale?: unknown) => {
  const { outputs, message } = await run({ generator: text(value, locale) });
  return message ?? String(outputs!["value"]);
};

test.each(Object.keys(PROVIDERS))("something is made up for %s", async (name) => {
  const args: Record<string, string> = {
    numerify: " '#-#'",
    letterify: " '?'",
    bothify: " '#?'",
    regexify: " '[a-c]{2}'",
    "options.option": " 'x','y'",
  };
  expect(await madeOf(`<#{${name}${args[name] ?? ""}}>`)).toMatch(/^<[^#{}][^{}]*>$/);
});

test.each([
  ["#{Name.first_name}", /^\p{L}[\p{L}'’ -]*$/u],
  ["#{name.fullName}", /^\S+ \S+/],
  ["#{internet.emailAddress}", /^[^@\s]+@example\.(?:com|net|org)$/],
  ["#{numerify '##-#'}", /^\d\d-\d$/],
  ["#{letterify '??9'}", /^[a-z]{2}9$/],
  ["#{regexify '[a-c]{4}'}", /^[a-c]{4}$/],
  ["#{options.option 'x','y z'}", /^(?:x|y z)$/],
  ["#{number.numberBetween '5','7'}", /^[56]$/],
  ["#{number.digits '4'}", /^\d{4}$/],
  ["#{options.option '#{number.digit}'}", /^\d$/],
  ["id #{internet.uuid}, #{bool.bool}", /^id [\da-f-]{36}, (?:true|false)$/],
  ["no call, # { } or {x}", /^no call, # \{ \} or \{x\}$/],
  ["#{date.past '5','DAYS'}", /^20\d\d-\d\d-\d\dT/],
])("%s becomes what matches %s", async (value, pattern) => {
  expect(await madeOf(value)).toMatch(pattern);
});

test.each([
  ["#{date.past '5','DAYS'}", -432_000_000, 0],
  ["#{date.future '2','HOURS'}", 0, 7_200_000],
  ["#{date.past}", -31_536_000_000, 0],
])("%s is between %d and %d milliseconds from now", async (value, least, most) => {
  const before = Date.now();
  const made = Date.parse(await madeOf(value));
  expect(made - before).toBeGreaterThanOrEqual(least);
  expect(made - Date.now()).toBeLessThanOrEqual(most);
});

test.each([
  ["#{name.nothing}", 'Nothing is known to make up "#{name.nothing}" of. Known are: name.'],
  ["#{nothing}", "Known are: address, demographic"],
  ["#{name.fullName", "has no end: a call is written #{name}"],
  ["#{name.fullName + 1}", "is no call: write #{name}"],
  ["#{}", "is no call: write #{name}"],
  ["#{constructor}", "Nothing is known"],
  ["#{number.digits 'many'}", 'can\'t be made up: "many" is no whole number.'],
  ["#{date.past '1','MOONS'}", '"MOONS" is no unit: DAYS'],
])("%s fails: %s", async (value, message) => {
  expect(await madeOf(value)).toContain(message);
});

test.each([
  [undefined, /^[\x20-\x7e]+$/],
  [["ja"], /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u],
  [["ru", "RU"], /\p{Script=Cyrillic}/u],
  ["uk-UA", /\p{Script=Cyrillic}/u],
])("in the language %j it is what matches %s", async (locale, pattern) => {
  expect(await madeOf("#{address.city}", locale)).toMatch(pattern);
});

test("a language that nobody knows is told with those that are", async () => {
  expect(await madeOf("#{address.city}", ["tlh"])).toMatch(
    /^`locale` is \["tlh"\]: no data is known of this language\. Known: ar, cs, /,
  );
});

test("a table is made up", async () => {
  const table = (
    await madeOf("#{csv ';','\"','true','3','first','#{Name.first_name}','code','#{number.digit}'}")
  ).split("\n");
  expect(table[0]).toBe('"first";"code"');
  expect(table.slice(1).every((line) => /^"[^"]+";"\d"$/.test(line))).toBe(true);
  expect(table).toHaveLength(4);
  expect(await madeOf("#{csv ',','','false','1','a','#{number.digit}'}")).toMatch(/^\d$/);
  expect(await madeOf("#{csv 'a','#{number.digit}'}")).toMatch(/^"a"\n"\d"$/);
});

test.each([
  [String(CSV_ROWS_MAX + 1), "it makes 0 to 10000"],
  ["-1", "it makes 0 to 10000"],
  ["many", "it makes 0 to 10000"],
])("a table of %s rows is refused", async (rows, message) => {
  expect(await madeOf(`#{csv ',','"','true','${rows}','a','#{number.digit}'}`)).toContain(message);
});

test("fields of every depth are made up, and all else is kept", async () => {
  const value = {
    name: "#{name.fullName}",
    age: 30,
    tags: ["#{number.digit}", "fixed", 1, null],
    at: { city: "#{address.city}" },
  };
  const { outputs, world } = await run({ generator: object(value) });
  expect(outputs).toMatchObject({
    count: 1,
    value: { age: 30, tags: [expect.stringMatching(/^\d$/), "fixed", 1, null] },
  });
  const record = outputs!["value"] as typeof value;
  expect([record.name, record.at.city].some((one) => one.includes("#"))).toBe(false);
  expect(outputs!["size"]).toBe(Buffer.byteLength(JSON.stringify(record)));
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 1 }]);
});

test("expressions are rendered for each record", async () => {
  let rendered = 0;
  const renderer = {
    render: (source: string) => source,
    evaluate: (value: unknown) =>
      JSON.parse(JSON.stringify(value).replace("{{ n }}", () => String((rendered += 1)))) as unknown,
  };
  const { outputs, world } = await run(
    { store: true, batchSize: 3, generator: object({ n: "{{ n }}" }) },
    { renderer },
  );
  const records = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  expect(new Set(records.map(({ value }) => (value as { n: string }).n)).size).toBe(3);
});

test("many records become a file", async () => {
  const { outputs, world } = await run({
    store: true,
    batchSize: 1_500,
    generator: object({ id: "#{internet.uuid}" }),
  });
  expect(outputs).toMatchObject({ count: 1_500, size: 1_500 * 45 });
  const records = await Array.fromAsync(readRecords(await world.files.read(outputs!["uri"] as string)));
  expect(new Set(records.map(({ value }) => (value as { id: string }).id)).size).toBe(1_500);
});

test.each([
  [0, ""],
  [3, /^[\w+/]{4}$/],
])("%d random bytes are base64", async (size, pattern) => {
  const { outputs } = await run({ generator: { type: `${GENERATORS}.RandomBytesGenerator`, size } });
  expect(outputs!["value"]).toMatch(pattern);
});

test.each([
  [RANDOM_BYTES_MAX, "SUCCESS"],
  [RANDOM_BYTES_MAX + 1, "FAILED"],
])("%d random bytes: %s", async (size, state) => {
  const outcome = await run({ generator: { type: `${GENERATORS}.RandomBytesGenerator`, size } });
  expect(outcome.state).toBe(state);
});

test("a kill ends a large batch at once, and leaves no file", async () => {
  const killed = new AbortController();
  const generator = object({ id: "#{internet.uuid}" });
  const outcome = run({ store: true, batchSize: 1_000_000_000, generator }, { signal: killed.signal });
  killed.abort(new Error("killed"));
  const { state, world } = await outcome;
  expect([state, world.files.uris()]).toEqual(["FAILED", []]);
});

test("the trigger starts the flow with a record at every question", async () => {
  await using world = createTestWorld();
  const ask = async () => (await world.poll(trigger, { generator: text("#{internet.uuid}") }))!.variables!["value"];
  expect(await ask()).not.toBe(await ask());
});
