import { type Asked, parseArguments } from "./arguments.ts";
import { parseCellsArguments } from "./cells/arguments.ts";
import { cellsReport } from "./cells/report.ts";
import { checkSeed, describeFailure } from "./seeds.ts";

const [first, ...rest] = process.argv.slice(2);
const asked = first === "cells" ? parseCellsArguments(rest) : parseArguments(process.argv.slice(2));
if ("text" in asked) {
  (asked.mistake ? console.error : console.log)(asked.text);
  process.exitCode = asked.mistake ? 2 : 0;
} else if ("options" in asked) console.log(cellsReport(asked));
else process.exitCode = (await play(asked)) === 0 ? 0 : 1;

/** Answers how many seeds failed. */
async function play({ first, last, whole, store }: Asked): Promise<number> {
  const database =
    store === "sqlite" ? undefined : await (await import("./databases/postgres-database.ts")).openPostgresDatabase();
  let failures = 0;
  try {
    for (let seed = first; seed <= last; seed += 1) {
      const outcome = await checkSeed(seed, database === undefined ? {} : { database });
      if (outcome.violations.length > 0) failures += 1;
      if (whole || outcome.violations.length > 0) console.log(describeFailure(outcome, { whole, store }));
    }
    if (!whole) console.log(`${last - first + 1} seeds, ${failures} failed`);
  } finally {
    await database?.close();
  }
  return failures;
}
