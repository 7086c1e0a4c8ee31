import { ExpressionError } from "../errors.ts";
import { type FunctionDefinition, optional, required } from "../evaluation/definition.ts";
import { enter, leave, type Runtime, spend } from "../evaluation/runtime.ts";
import { RENDERING_ATTEMPTS_MAX } from "../limits.ts";
import { withoutRawTags } from "../syntax/scan.ts";
import { checkDepth, isList, isMap, mapEntries, mapOf, toArray } from "../values/maps.ts";
import { isTrue } from "../values/truth.ts";

/** Functions that render expressions found in values. */
export const renderFunctions: readonly FunctionDefinition[] = [
  {
    name: "render",
    summary: "Renders the expressions in a value, again and again until nothing changes.",
    example: [
      "render(vars.greeting)",
      "Hello Ada",
      { vars: { greeting: "Hello {{ inputs.name }}" }, inputs: { name: "Ada" } },
    ],
    parameters: [required("toRender"), optional("recursive", true)],
    call: ([value, recursive], runtime) =>
      renderValue(value, runtime, isTrue(recursive ?? true, "`recursive`") ? untilStable : once),
  },
  {
    name: "renderOnce",
    summary: "Renders the expressions in a value once.",
    example: [
      "renderOnce(vars.greeting)",
      "Hello Ada",
      { vars: { greeting: "Hello {{ inputs.name }}" }, inputs: { name: "Ada" } },
    ],
    parameters: [required("toRender")],
    call: ([value], runtime) => renderValue(value, runtime, once),
  },
];

type RenderText = (text: string, runtime: Runtime) => string;

function renderValue(value: unknown, runtime: Runtime, renderText: RenderText): unknown {
  enter(runtime);
  try {
    return renderDeep(value, runtime, renderText, 0);
  } finally {
    leave(runtime);
  }
}

function renderDeep(value: unknown, runtime: Runtime, renderText: RenderText, depth: number): unknown {
  spend(runtime, 1);
  if (typeof value === "string") {
    return value.includes("{") ? withoutRawTags(renderText(value, runtime)) : value;
  }
  checkDepth(depth);
  if (isList(value)) return toArray(value).map((element) => renderDeep(element, runtime, renderText, depth + 1));
  if (!isMap(value)) return value;
  return mapOf(
    mapEntries(value).map(([key, entry]) => [
      String(renderDeep(key, runtime, renderText, depth + 1)),
      renderDeep(entry, runtime, renderText, depth + 1),
    ]),
  );
}

function once(text: string, runtime: Runtime): string {
  return runtime.renderNested(text, runtime);
}

function untilStable(text: string, runtime: Runtime): string {
  let current = text;
  for (let attempt = 0; attempt < RENDERING_ATTEMPTS_MAX; attempt += 1) {
    const next = current.includes("{") ? runtime.renderNested(current, runtime) : current;
    if (next === current) return next;
    current = next;
  }
  throw new ExpressionError(
    "LIMIT",
    `Too many rendering attempts: the text still changes after ${RENDERING_ATTEMPTS_MAX} of them`,
    { hint: "Let fewer values stand for one another, or write `renderOnce(…)`." },
  );
}
