import { describe, expect, test } from "vitest";
import { expectPrinted, NEW_YEAR_MS, render, testEnvironment, valueOf } from "../testing/rendering.ts";

const values = {
  n: null,
  list: [1, 2],
  vars: {
    greeting: "Hello {{ name }}",
    nested: "{{ vars.greeting }}!",
    loop: "{{ vars.loop }}x",
    map: { "{{ name }}": ["{{ name }}"] },
  },
  name: "Ada",
  results: [{ outputs: { total: 3 } }, { outputs: {} }, "odd"],
};

describe("functions", () => {
  test.each([
    ["max(1, 3, 2)", "3"],
    ["min(1.5, 3)", "1.5"],
    ["max('a')", "Error: `max` compares numbers"],
    ["max()", "Error: The function `max` needs the argument `numbers`"],
    ["range(1, 4)", "[1,2,3,4]"],
    ["range(0, 10, 5)", "[0,5,10]"],
    ["range(start='a', end='c')", '["a","b","c"]'],
    ["range(3, 1, -1)", "[3,2,1]"],
    ["range(1, 2, 0)", "Error: The step of a range can't be 0"],
    ["fromJson('{\"a\": [1, 2.0]}')", '{"a":[1,2.0]}'],
    ["fromJson('{\"a\": 1}').a", "1"],
    ["json('[1]')[0]", "1"],
    ["fromJson(n)", ""],
    ["fromJson('{')", "Error: The text is not JSON"],
    ["yaml('a: [1, 2.0]')", '{"a":[1,2.0]}'],
    ["yaml('a: : b')", "Error: The text is not YAML"],
    ["fromIon('{a:1,b:\"x\"}')", '{"a":1,"b":"x"}'],
    ["fromIon('{a:1}\n{a:2}', allRows=true)", '[{"a":1},{"a":2}]'],
    ["render(vars.greeting)", "Hello Ada"],
    ["renderOnce(vars.nested)", "Hello {{ name }}!"],
    ["render(vars.nested)", "Hello Ada!"],
    ["render(vars.nested, recursive=false)", "Hello {{ name }}!"],
    ["render(vars.map)", '{"Ada":["Ada"]}'],
    ["render(12)", "12"],
    ["render(vars.loop)", "Error: Too many rendering attempts"],
    ["now()", "2024-01-01T00:00:00.000000Z"],
    ["now('yyyy', timeZone='America/New_York')", "2023"],
    ["isWeekend('2024-01-06')", "true"],
    ["isDateBefore('2024-03-31T23:30:00-02:00', '2024-04-01')", "false"],
    ["isDateBefore('2024-03-31', '2024-03-31T00:00:01Z')", "true"],
    ["isDateAfter('2024-04-01T01:00:00', '2024-04-01T02:00:00+02:00')", "true"],
    ["isDateAfter('2024-04-01', '2024-04-01T00:00:00Z')", "false"],
    ["isDateBetween('2024-04-01T12:00:00+02:00', '2024-04-01T09:59:59Z', '2024-04-01T10:00:01Z')", "true"],
    ["isDateBetween('2024-04-01', '2024-04-01', '2024-04-02')", "false"],
    ["isDateBetween('2024-04-02', '2024-04-01', '2024-04-02')", "false"],
    ["isDateBetween('soon', '2024-04-01', '2024-04-02')", 'Error: "soon" is no ISO date'],
    ["loopOutputs(results, 'total')", "[3,null,null]"],
    ["loopOutputs(results, n)", "Error: The argument `name` of `loopOutputs` is null"],
    ["randomInt(7, 7)", "7"],
    ["randomInt(8, 7)", "Error: `lower` must not be more than `upper`"],
    ["isDayWeekInMonth('2024-01-29', 'MONDAY', 'LAST')", "true"],
    ["isDayWeekInMonth('2024-01-08', 'MONDAY', 'FIRST')", "false"],
    ["isLastWorkingDay('2024-03-29')", "true"],
    ["isLastWorkingDay('2024-03-28', 'MONDAY,TUESDAY,WEDNESDAY,THURSDAY')", "true"],
    ["isLastWorkingDay('2024-03-29', 'monday, thursday')", "false"],
    ["isLastWorkingDay('2024-03-30', ['FRIDAY', 'SATURDAY'])", "true"],
    ["isLastWorkingDay('2024-03-29', ' ')", "true"],
    ["isLastWorkingDay('2024-03-29', 'MO')", "Error: The argument `workingDays` must be one of MONDAY"],
    ["isPublicHoliday('2024-07-14T23:00:00+02:00', 'fr')", "true"],
    ["isPublicHoliday('2024-07-15', 'FR')", "false"],
    ["isPublicHoliday('2024-07-14', 'FR', ' ')", "true"],
    ["isPublicHoliday('2024-07-15', 'AQ')", 'Error: The holidays of "AQ" are not known'],
    ["isPublicHoliday('2024-11-01', 'DE', 'by')", "true"],
    ["isPublicHoliday('2024-11-01', 'DE')", "false"],
    ["isPublicHoliday('2024-01-06', 'de', 'de-by')", "true"],
    ["isPublicHoliday('2024-01-06', 'DE', 'FR-BY')", 'Error: The holidays of the `subDivision` "FR-BY" of DE'],
    ["isPublicHoliday('2024-07-15', 'US', 'TX')", 'Error: The holidays of the `subDivision` "TX" of US are not known'],
    ["dayOfWeek('2024-01-01')", "MONDAY"],
    ["hourOfDay('2024-01-01T23:00:00+09:00')", "23"],
    ["unknown()", "Error: Function or Macro [unknown] does not exist."],
    ["secret('X')", "Error: Function or Macro [secret] does not exist."],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, values));
});

describe("random values", () => {
  test.each([
    ["uuid()", /^018cc251-f400-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u],
    ["id()", /^[\dA-Za-z]{22}$/u],
    ["ksuid()", /^[\dA-Za-z]{27}$/u],
    ["nanoId()", /^[\w-]{21}$/u],
    ["nanoId(5, 'ab')", /^[ab]{5}$/u],
    ["randomInt(5, 7)", /^[56]$/u],
  ])("%s", (expression, pattern) => {
    expect(render(`{{ ${expression} }}`)).toMatch(pattern);
  });

  test("lengths of nanoId have a bound", () => {
    expect(render("{{ nanoId(1000) }}")).toHaveLength(1000);
    expect(() => render("{{ nanoId(1001) }}")).toThrow("from 1 to 1000");
  });

  test("come from the environment alone", () => {
    const twice = "{{ uuid() }}{{ nanoId() }}{{ now() }}";
    expect(render(twice, {}, testEnvironment())).toBe(render(twice, {}, testEnvironment()));
    expect(valueOf("now('X')", {}, testEnvironment({ now: () => NEW_YEAR_MS + 1000 }))).toBe("Z");
  });
});

describe("functions on the context", () => {
  const loops = {
    taskrun: { value: "v31" },
    parents: [{ taskrun: { value: "v21" } }, { taskrun: { value: "v11" } }],
    outputs: { r: { v11: { v21: { v31: { value: "deep" } } } } },
    tasks: { a: { state: "FAILED" }, b: { x: { state: "SUCCESS" }, y: { state: "FAILED" } }, c: { state: "SUCCESS" } },
  };

  test.each([
    ["currentEachOutput(outputs.r).value", "deep"],
    ["tasksWithState('failed')", '[{"state":"FAILED","taskId":"a"},{"state":"FAILED","value":"y","taskId":"b"}]'],
    ["printContext() | keys", '["taskrun","parents","outputs","tasks"]'],
    ["fetchContext().taskrun.value", "v31"],
  ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, loops));

  describe("iterationOutput", () => {
    const within = (iteration: number | undefined) => ({
      task: { id: "r" },
      taskrun: { value: "c", ...(iteration === undefined ? {} : { iteration }) },
      parents: [{ taskrun: { value: "inner" } }, { taskrun: {} }, { taskrun: { value: "outer" } }],
      outputs: { r: { outer: { inner: { a: { value: 1 }, b: { value: 2 } } } }, s: { outer: { inner: { a: {} } } } },
    });

    test.each([
      ["iterationOutput()", "2"],
      ["iterationOutput('r')", "2"],
      ["iterationOutput('r', 0)", "1"],
      ["iterationOutput(iteration='0')", "1"],
      ["iterationOutput('s', 0) is null", "true"],
      ["iterationOutput('missing') is null", "true"],
    ])("%s → %s", (expression, printed) => expectPrinted(expression, printed, within(2)));

    test.each([
      ["iterationOutput()", 0, "there is no iteration before the first one"],
      ["iterationOutput('r', 7)", 2, "found no outputs of iteration 7"],
      ["iterationOutput()", undefined, "only there in the iterations of a loop"],
    ])("%s in iteration %j fails", (expression, iteration, message) => {
      expect(() => valueOf(expression, within(iteration))).toThrow(message);
    });
  });

  test("currentEachOutput turns the parents round for the rest of the rendering", () => {
    const source =
      "{{ parents[0].taskrun.value }}{{ currentEachOutput(outputs.r).value }}{{ parents[0].taskrun.value }}";
    expect(render(source, loops)).toBe("v21deepv11");
    expect(loops.parents[0]).toEqual({ taskrun: { value: "v21" } });
  });
});

describe("rendering within a rendering", () => {
  test("sees the variables of the template around it", () => {
    expect(render("{% set x = 1 %}{{ render('{{ x }}') }}")).toBe("1");
    expect(render("{% for x in [1, 2] %}{{ render('{{ x }}') }}{% endfor %}")).toBe("12");
  });

  test("keeps raw blocks as they are", () => {
    expect(render("{{ render(text) }}", { text: "{% raw %}{{ a }}{% endraw %}{{ b }}", b: 1 })).toBe("{{ a }}1");
  });

  test("is bounded in depth and attempts", () => {
    expect(() => render("{{ render(a) }}", { a: "{{ render(a) }}" })).toThrow("nested more than 100 levels deep");
    const countdown = (count: number): Record<string, unknown> =>
      Object.fromEntries(
        Array.from({ length: count + 1 }, (_, index) => [`v${index}`, index === 0 ? "end" : `{{ v${index - 1} }}`]),
      );
    expect(render("{{ render(v98) }}", countdown(98))).toBe("end");
    expect(() => render("{{ render(v100) }}", countdown(100))).toThrow("Too many rendering attempts");
  });

  test.each([
    [{ a: "{{ vars.b }}", b: "-{{ vars.a }}" }, "`vars.a` → `vars.b` → `vars.a`"],
    [{ a: "{{ render(vars.a) }}" }, "`vars.a` → `vars.a`"],
    [{ a: "{{ vars.list[1] }}", list: ["x", "{{ vars['b-c'] }}"], "b-c": "{{ vars.a }}" }, "`vars['b-c']`"],
    [{ a: "{{ vars.map }}", map: { x: ["{{ vars.a }}"] } }, "`vars.a` → `vars.map.x[0]` → `vars.a`"],
    [{ a: "{{ vars.a }}{{ vars.a }}" }, "`vars.a` → `vars.a`"],
  ])("names what renders each other without end, and the remedy: %j", (vars, chain) => {
    const source = "{{ render(vars.a) }}";
    const failing = () => render(`before ${source}`, { vars }, testEnvironment({ limits: { steps: 100_000 } }));
    expect(failing).toThrow(chain);
    expect(failing).toThrow(`in the expression \`before ${source}\`. Let one of them stand for itself`);
  });

  test("blames no circle for a limit that has another reason", () => {
    const vars = { a: "{{ vars.a }}" };
    const environment = testEnvironment({ limits: { steps: 100 } });
    const loop = "{{ vars.a }}{% for i in 1..200 %}{{ i }}{% endfor %}";
    expect(() => render(loop, { vars }, environment)).toThrow(/more than 100 evaluation steps$/u);
  });

  test("counts on the same budget of steps", () => {
    const environment = testEnvironment({ limits: { steps: 100 } });
    const scope = { a: "{% for i in 1..30 %}{{ i }}{% endfor %}" };
    expect(() => render("{{ renderOnce(a) }}", scope, testEnvironment({ limits: { steps: 200 } }))).not.toThrow();
    expect(() => render("{{ renderOnce(a) }}{{ renderOnce(a) }}", scope, environment)).toThrow(
      "more than 100 evaluation steps",
    );
  });
});
