import { HOLIDAY_COUNTRIES, isPublicHoliday } from "@capstan/expression";
import { ConditionFailure, type Evaluate } from "./condition.ts";
import { dateOf } from "./date-conditions.ts";
import { textOf } from "./read-property.ts";

/** Knows the nationwide holidays of some countries; anything else is a failure, never a silent "no". */
export const publicHoliday: Evaluate = (properties, context) => {
  const country = textOf(properties, "country", context)?.toUpperCase();
  if (country === undefined) throw new ConditionFailure("name a `country`, such as FR");
  if (textOf(properties, "subDivision", context) !== undefined) {
    throw new ConditionFailure("holidays of a `subDivision` are not supported, only those of a whole country");
  }
  const answer = isPublicHoliday(country, dateOf(properties, context).toPlainDate());
  if (answer === undefined) {
    throw new ConditionFailure(
      `the holidays of ${country} are not supported, only those of ${HOLIDAY_COUNTRIES.join(", ")}`,
    );
  }
  return answer;
};
