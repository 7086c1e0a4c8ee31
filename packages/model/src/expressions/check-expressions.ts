import {
  type Analysis,
  analyse,
  filterNames,
  functionNames,
  hostFunctionSignatures,
  nameOfPath,
  testNames,
} from "@capstan/expression";
import { type CheckContext, guessHint, nameHint, type Path } from "../checks/context.ts";
import type { CheckedParts } from "../checks/flow.ts";
import { checkJsonText } from "./check-json-text.ts";
import { checkReferences } from "./check-references.ts";
import { checkVariables } from "./check-variables.ts";
import { locatorOf } from "../document/scalar-offset.ts";
import { createGuards, withGuards } from "./guards.ts";
import { createKnowledge } from "./knowledge.ts";
import { placementsOf } from "./placement.ts";
import { reportAt, type Scan } from "./scan.ts";
import { isOfVariable, sitesOf } from "./sites.ts";

/** Checks every expression of a flow without running it. */
export function checkExpressions(context: CheckContext, parts: CheckedParts, hostFunctions: Iterable<string>): void {
  const placements = placementsOf(parts);
  const knowledge = createKnowledge(parts, placements);
  const names: Names = {
    filters: new Set(filterNames),
    functions: new Set([...functionNames, ...Object.keys(hostFunctionSignatures), ...hostFunctions]),
    tests: new Set(testNames),
  };
  const guards = createGuards();
  const analyses = new Map<string, Analysis>();
  const ofVariables = new Map<string, Scan>();
  for (const site of sitesOf(parts, placements)) {
    const text = String(site.scalar.value);
    let analysis = analyses.get(text);
    if (analysis === undefined) {
      analysis = analyse(text);
      analyses.set(text, analysis);
    }
    const references = withGuards(analysis.references, guards(site.placement));
    const scan: Scan = { site, text, analysis, references, locate: locatorOf(context.source, site.scalar) };
    checkLanguage(context, scan, names);
    checkReferences(context, scan, knowledge);
    checkJsonText(context, scan, knowledge);
    if (isOfVariable(site)) ofVariables.set(nameOfVariable(site.path), scan);
  }
  checkVariables(context, ofVariables, parts.flow);
}

/** How expressions read the variable at a path of the document. */
function nameOfVariable([, ...keys]: Path): string {
  return nameOfPath(["vars", ...keys]);
}

interface Names {
  readonly filters: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
}

/** What is wrong with the text whatever it reads: its syntax, its filters and its functions. */
function checkLanguage(context: CheckContext, scan: Scan, names: Names): void {
  const { errors, filters, functions, tests } = scan.analysis;
  for (const { message, offset, length, hint } of errors)
    reportAt(context, scan, "expression-syntax", { offset, length }, { hint }, message);
  for (const filter of filters) {
    if (names.filters.has(filter.name)) continue;
    reportAt(context, scan, "unknown-filter", filter, { hint: () => filterHint(filter.name, names) }, filter.name);
  }
  for (const call of functions) {
    if (names.functions.has(call.name)) continue;
    reportAt(context, scan, "unknown-function", call, { hint: () => functionHint(call.name, names) }, call.name);
  }
  for (const test of tests) {
    if (names.tests.has(test.name)) continue;
    reportAt(context, scan, "unknown-test", test, { hint: () => nameHint(test.name, names.tests) }, test.name);
  }
}

/** What authors look for under a name that other template languages use. */
const FILTER_REMEDIES: Readonly<Record<string, string>> = {
  dateFormat: "write date('yyyy-MM-dd')",
  int: "write number('INT')",
  float: "write number('FLOAT')",
  raw: "values are printed as they are, leave it out",
  ternary: "write condition ? yes : no",
  truncate: "write abbreviate(length)",
};

function filterHint(name: string, { filters, functions }: Names): string | undefined {
  if (Object.hasOwn(FILTER_REMEDIES, name)) return FILTER_REMEDIES[name];
  return functions.has(name) ? `it is a function: write ${name}(…)` : guessHint(name, filters);
}

/** Functions of a later version of the language, or of another edition. */
const FUNCTION_REMEDIES: Readonly<Record<string, string>> = {
  appLink: "it belongs to Kestra's Enterprise Edition: link to the execution, below kestra.url",
  credential: "it belongs to Kestra's Enterprise Edition: write secret('NAME')",
  subflow:
    "it belongs to a later version of the language: call the flow with a Subflow task, and read outputs.<task>.outputs",
};

function functionHint(name: string, { filters, functions }: Names): string | undefined {
  if (Object.hasOwn(FUNCTION_REMEDIES, name)) return FUNCTION_REMEDIES[name];
  return filters.has(name) ? `it is a filter: write … | ${name}` : guessHint(name, functions);
}
