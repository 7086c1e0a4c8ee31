import { parseArguments } from "./arguments.ts";
import { checkSeed, describeFailure } from "./seeds.ts";

const asked = parseArguments(process.argv.slice(2));
if ("text" in asked) {
  (asked.mistake ? console.error : console.log)(asked.text);
  process.exitCode = asked.mistake ? 2 : 0;
} else {
  const { first, last, whole } = asked;
  let failures = 0;
  for (let seed = first; seed <= last; seed += 1) {
    const outcome = await checkSeed(seed);
    if (outcome.violations.length > 0) failures += 1;
    if (whole || outcome.violations.length > 0) console.log(describeFailure(outcome, { whole }));
  }
  if (!whole) console.log(`${last - first + 1} seeds, ${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
}
