import { ConditionFailure, type Evaluate } from "./condition.ts";
import { multipleOf, nestedConditions, requiredText } from "./read-property.ts";

/** Holds for any text but a blank one and `false`; zero counts as text here. */
export const expression: Evaluate = (properties, context) => {
  const rendered = requiredText(properties, "expression", context).trim();
  return rendered !== "" && rendered !== "false";
};

export const not: Evaluate = (properties, _context, nested) => !nestedConditions(properties["conditions"]).some(nested);

export const or: Evaluate = (properties, _context, nested) => nestedConditions(properties["conditions"]).some(nested);

export const multipleCondition: Evaluate = (properties, context) => {
  if (context.wasMet === undefined) throw new ConditionFailure("several conditions over time need a Flow trigger");
  return context.wasMet(multipleOf(properties));
};
