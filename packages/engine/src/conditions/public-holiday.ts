import { isPublicHoliday, unknownHolidays } from "@capstan/expression";
import { ConditionFailure, type Evaluate } from "./condition.ts";
import { dateOf } from "./date-conditions.ts";
import { textOf } from "./read-property.ts";

/** Knows the holidays of some countries; anything else is a failure, never a silent "no". */
export const publicHoliday: Evaluate = (properties, context) => {
  const country = textOf(properties, "country", context);
  if (country === undefined) throw new ConditionFailure("name a `country`, such as FR");
  const part = textOf(properties, "subDivision", context);
  const answer = isPublicHoliday(country, dateOf(properties, context).toPlainDate(), part);
  if (answer !== undefined) return answer;
  const { message, hint } = unknownHolidays(country, part);
  throw new ConditionFailure(`${message}. ${hint}`);
};
