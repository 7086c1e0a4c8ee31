/**
 * Runs benchmarks, those named or all that are not on demand, one after the other: `npm run bench -- webhook-latency`. Prints a line
 * of JSON for each figure, and a table on stderr.
 */
import { BENCHMARKS } from "./benchmarks.ts";
import { jsonLine, table } from "./measure/report.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  const known = BENCHMARKS.map(({ name }) => name).join(", ");
  process.stderr.write(`There is no benchmark ${unknown.join(", ")}; there are ${known}\n`);
  process.exit(2);
}
for (const benchmark of BENCHMARKS) {
  if (wanted.length > 0 ? !wanted.includes(benchmark.name) : benchmark.onDemand === true) continue;
  const outcome = await benchmark.run();
  if ("skipped" in outcome) {
    process.stdout.write(`${JSON.stringify({ benchmark: benchmark.name, ...outcome })}\n`);
    process.stderr.write(`${benchmark.name}: skipped: ${outcome.skipped}\n\n`);
    continue;
  }
  for (const figure of outcome) process.stdout.write(`${jsonLine(benchmark, figure)}\n`);
  process.stderr.write(`${table(benchmark, outcome)}\n\n`);
}
