import { ExpressionError } from "../errors.ts";
import { once } from "../once.ts";
import { JQ_DEFINITIONS } from "./definitions.ts";
import { EMPTY_SCOPE, type JqBinding, type JqContext } from "./environment.ts";
import { JqBreak, JqError, JqSyntaxError } from "./errors.ts";
import { evaluate } from "./evaluate.ts";
import { controlNatives } from "./natives-control.ts";
import { dateNatives } from "./natives-date.ts";
import { regexNatives } from "./natives-regex.ts";
import { textNatives } from "./natives-text.ts";
import { valueNatives } from "./natives-value.ts";
import { parseDefinitions, parseJq } from "./parse.ts";
import { jqText } from "./values.ts";

const NATIVES: JqContext["natives"] = new Map([
  ...controlNatives,
  ...valueNatives,
  ...textNatives,
  ...regexNatives,
  ...dateNatives,
]);

const definitions = once(
  (): JqContext["definitions"] =>
    new Map(
      parseDefinitions(JQ_DEFINITIONS).map((definition) => {
        const binding: JqBinding & { kind: "function" } = { kind: "function", ...definition, next: null };
        return [`${definition.name}/${definition.parameters.length}`, binding];
      }),
    ),
);

/**
 * All results of a jq program for one input, which must consist of plain objects, arrays and scalars. `spend` is told of
 * every step and may throw. Mistakes of the program or in the data are JQ errors.
 */
export function runJq(
  source: string,
  input: unknown,
  spend: (steps: number) => void,
  charactersMax: number,
): unknown[] {
  try {
    const program = parseJq(source);
    const context: JqContext = {
      spend,
      charactersMax,
      definitions: definitions(),
      natives: NATIVES,
      evaluate: (body, scope, cell) => evaluate(body, scope, cell, context),
    };
    return [...evaluate(program, EMPTY_SCOPE, { value: input ?? null, path: undefined }, context)].map(
      (cell) => cell.value,
    );
  } catch (error) {
    throw explained(error, source);
  }
}

function explained(error: unknown, source: string): unknown {
  if (error instanceof JqSyntaxError) {
    const message = `The jq program \`${source}\` can't be read: ${error.message}, at offset ${error.offset}`;
    return new ExpressionError("JQ", message, { cause: error });
  }
  if (error instanceof JqError) {
    return new ExpressionError("JQ", `The jq program \`${source}\` failed: ${jqText(error.value)}`, { cause: error });
  }
  if (error instanceof JqBreak) return new ExpressionError("JQ", `The jq program \`${source}\` breaks without a label`);
  // Data nested so deeply that following it exhausts the stack.
  if (error instanceof RangeError) {
    return new ExpressionError("LIMIT", `The jq program \`${source}\` is nested too deeply`, { cause: error });
  }
  return error;
}
