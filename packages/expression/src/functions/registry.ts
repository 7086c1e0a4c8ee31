import { type FunctionDefinition, required, tableOf } from "../evaluation/definition.ts";
import { ExpressionError } from "../errors.ts";
import { contextFunctions } from "./context.ts";
import { dataFunctions } from "./data.ts";
import { dateFunctions } from "./date.ts";
import { numberFunctions } from "./number.ts";
import { randomFunctions } from "./random.ts";
import { renderFunctions } from "./render.ts";

// The compiler resolves `block` itself, because it needs the blocks of the template; this entry describes it.
const blockFunction: FunctionDefinition = {
  name: "block",
  summary: "The text of a block of this template.",
  example: ["{% block n %}x{% endblock %}{{ block('n') }}", "xx"],
  parameters: [required("name")],
  call: () => {
    throw new ExpressionError("ARGUMENT", "`block` needs the name of a block of this template");
  },
};

/** All built-in functions by name. */
export const functions: ReadonlyMap<string, FunctionDefinition> = tableOf<FunctionDefinition>(
  [blockFunction],
  randomFunctions,
  numberFunctions,
  dataFunctions,
  renderFunctions,
  contextFunctions,
  dateFunctions,
);
