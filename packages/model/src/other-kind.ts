/** What people keep in folders of flows and is none. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^charts:/m, "a dashboard"],
  [/^testCases:/m, "a test of a flow"],
  [/^type:[ \t]*["']?io\.kestra\.plugin\.ee\.apps\./m, "an app"],
];

/** What a source without tasks describes in place of a flow, if it can be told. */
export function otherKindOf(source: string): string | undefined {
  if (/^tasks:/m.test(source)) return undefined;
  return KINDS.find(([pattern]) => pattern.test(source))?.[1];
}
