export * from "./catalogue.ts";
export { type CheckedFlow, type CheckOptions, checkFlow } from "./check-flow.ts";
export {
  documentType,
  type OutputDocument,
  type PropertyDocument,
  type TypeDocument,
} from "./documentation/document-type.ts";
export { createCatalogue, OMITTED_PREFIX } from "./create-catalogue.ts";
export { sampleOf } from "./sample-value.ts";
export { type Decoded, decodeSource } from "./decode-source.ts";
export * from "./diagnostic.ts";
export { type DiagnosticCode, type DiagnosticDefinition, DIAGNOSTICS } from "./diagnostics.ts";
export * from "./duration.ts";
export { isPattern, matchesGlob } from "./expressions/globs.ts";
export * from "./flow.ts";
export { instantText } from "./instant.ts";
export { parseJsonValue, withLongDigits } from "./json-value.ts";
export { jsonSchema } from "./json-schema.ts";
export { LIMITS } from "./limits.ts";
export { groupFinder, nearest, patternFinder, type PatternFinder, type PatternMatch } from "@capstan/expression";
export { otherKindOf } from "./other-kind.ts";
export type { PluginDefault } from "./plugin-defaults.ts";
export * from "./properties.ts";
export { isTerminal, type State, STATES } from "./states.ts";
export { BATCH_SIZE_MAX, PRIORITY_MAX, QUOTA_LIMIT_MAX, QUOTA_WINDOW_MIN, WINDOW_MAX } from "./schemas/flow-control.ts";
export { INPUTS } from "./schemas/input.ts";
export { languageCatalogue } from "./types/language-catalogue.ts";
export { APPROVAL } from "./checks/tasks.ts";
export { taskKindOf } from "./types/task-kind.ts";
export { type VisitedTask, walkTasks } from "./walk-tasks.ts";
export { writtenFlow } from "./written-flow.ts";
