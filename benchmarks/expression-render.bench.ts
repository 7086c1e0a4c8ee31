import { compile, scopeOf, type Environment } from "@capstan/expression";
import type { Benchmark } from "./measure/benchmark.ts";
import { median } from "./measure/benchmark.ts";

const RENDERS = 1_000_000;
const SOURCE = "{{ outputs.a.b | upper }}";

export const expressionRender: Benchmark = {
  name: "expression-render",
  claim: "a compiled expression costs about what the same would cost by hand",
  run: async () => {
    const template = compile(SOURCE);
    const scope = scopeOf({ outputs: { a: { b: "value" } } });
    const environment: Environment = { now: () => 0, random: () => 0, timeZone: "UTC" };
    const outputs = { a: { b: "value" } };
    const byHand = ratePerSecond(() => outputs.a.b.toUpperCase());
    const rendered = ratePerSecond(() => template.render(scope, environment));
    return [
      {
        what: SOURCE,
        value: rendered,
        unit: "/s",
        floor: { what: "plain JavaScript", value: byHand },
        goal: { min: 1_000_000 },
      },
    ];
  },
};

function ratePerSecond(work: () => string): number {
  const rates = Array.from({ length: 5 }, () => {
    const start = performance.now();
    let characters = 0;
    for (let count = 0; count < RENDERS; count += 1) characters += work().length;
    if (characters === 0) throw new Error("Nothing was rendered.");
    return RENDERS / ((performance.now() - start) / 1000);
  });
  return median(rates);
}
