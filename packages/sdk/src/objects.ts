/** Objects of a store, such as a bucket: asking it for new ones so that none is lost, and many at the same time. */
export { eachAtOnce } from "./objects/each-at-once.ts";
export { patternMatcher } from "./objects/pattern-matcher.ts";
export { type UploadSource, uploadSources } from "./objects/upload-sources.ts";
export { KNOWN_OBJECTS_MAX, knownObjects, type KnownObjects, type StoredKnowledge } from "./objects/known-objects.ts";
export {
  type Change,
  type ObjectPlace,
  type ObjectVersion,
  pollObjects,
  type PollObjectsProperties,
} from "./objects/poll-objects.ts";
