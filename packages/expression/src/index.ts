export { analyse, type Analysis } from "./analysis/analyse.ts";
export { circleText, type NamedText, nameOfPath, renderingCircles } from "./analysis/rendering-circle.ts";
export { type ReadValue, readReference } from "./analysis/read-reference.ts";
export { type NamedUse, type Reference, subjectOf } from "./analysis/visit-expression.ts";
export type { CallContext, Environment, FunctionTable, HostFunction } from "./environment.ts";
export { isPublicHoliday, unknownHolidays } from "./dates/holidays.ts";
export {
  EXPRESSION_ERRORS,
  ExpressionError,
  type ExpressionErrorCode,
  ExpressionSyntaxError,
  UndefinedError,
} from "./errors.ts";
export { hostFunctionSignatures, type HostFunctionName } from "./functions/host.ts";
export { parseYaml } from "./formats/yaml-value.ts";
export { LIMITS, type Limits } from "./limits.ts";
export { nearest } from "./nearest.ts";
export {
  type Documented,
  filterNames,
  functionNames,
  type LanguageReference,
  languageReference,
  testNames,
} from "./reference.ts";
export { RecentMap } from "./recent-map.ts";
export {
  groupFinder,
  matchesPattern,
  patternFinder,
  type PatternFinder,
  type PatternMatch,
  patternProblem,
} from "./regex/regex.ts";
export { LazyMap, type Scope, scopeOf } from "./scope.ts";
export { createMemo, isPromise, type Memo, type Outcome, settle, Suspension } from "./suspension.ts";
export type { Problem } from "./syntax/tokens.ts";
export { compile, evaluateDeep, renderDeep, type Template, templateCache } from "./template.ts";
export { BoxedFloat } from "./values/boxed-float.ts";
export { type Place, withFloats } from "./values/float-places.ts";
export { put, toPlain } from "./values/maps.ts";
export { toText } from "./values/text.ts";
export { isTruthyText } from "./values/truth.ts";
