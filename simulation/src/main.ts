import { parseArgs } from "node:util";
import { checkSeed, describeFailure } from "./seeds.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, seeds: { type: "string" } } });
if (values.seed !== undefined) {
  const outcome = await checkSeed(Number(values.seed));
  console.log(describeFailure(outcome, { whole: true }));
  process.exitCode = outcome.violations.length === 0 ? 0 : 1;
} else {
  const [first = 1, last = 1000] = (values.seeds ?? "1..1000").split("..").map(Number);
  let failures = 0;
  for (let seed = first; seed <= last; seed += 1) {
    const outcome = await checkSeed(seed);
    if (outcome.violations.length === 0) continue;
    failures += 1;
    console.log(describeFailure(outcome, { whole: false }));
  }
  console.log(`${last - first + 1} seeds, ${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
}
