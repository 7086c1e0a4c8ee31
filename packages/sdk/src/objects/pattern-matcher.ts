import type { Renderer } from "../context.ts";
import { TaskFailure } from "../definition.ts";

/** How the platform is asked. */
export const MATCHES = "{{ name | regexMatch(pattern) }}";

/**
 * Whether a regular expression matches a whole name. The platform's own matcher knows Java's notation, and ends in bounded time whatever the
 * pattern. Throws `TaskFailure`, with the name of the property that it is written in, for one that can't be matched.
 */
export function patternMatcher(
  evaluate: Renderer["evaluate"],
  property: string,
  regExp: string,
): (name: string) => Promise<boolean> {
  const pattern = `^(?:${regExp})$`;
  return async (name) => {
    try {
      return (await evaluate(MATCHES, { name, pattern })) === true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new TaskFailure(`\`${property}\` can't be matched: ${reason}`, { cause: error });
    }
  };
}
