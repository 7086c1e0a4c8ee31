export * from "./context.ts";
export * from "./definition.ts";
export * from "./local-files.ts";
export * from "./property-builders.ts";
export * from "./records/deliver-rows.ts";
export * from "./records/exact-number.ts";
export * from "./records/given-values.ts";
export * from "./records/lines.ts";
export * from "./records/records.ts";
export {
  awaitRun,
  type FollowedService,
  followRun,
  type RemoteService,
  type RunEnds,
  runRemotely,
  type RunSighting,
  startRun,
} from "./remote-runs/remote-run.ts";
export { maxDurationProperty, pollProperty, waitProperty } from "./remote-runs/waiting.ts";
export * from "./resolve-properties.ts";
export * from "./task-runner.ts";
export * from "./truth.ts";
export * from "./working-files.ts";
export {
  deep,
  describeType,
  dynamic,
  dynamicMap,
  formatDuration,
  groupFinder,
  parseDuration,
  parseJsonValue,
  patternFinder,
  secret,
  text,
} from "@capstan/model";
export type { JsonMap, JsonValue, LogLevel, PatternFinder, PatternMatch, TypeDefinition } from "@capstan/model";
