/**
 * Why a pattern of Java's dialect can't be compiled, or undefined when it can. Constructs that only Java has are
 * replaced by near ones first, since only the syntax matters here.
 */
export function regexProblem(pattern: string): string | undefined {
  const javascript = pattern
    .replaceAll(/\(\?[a-zA-Z]+\)/g, "")
    .replaceAll("(?>", "(?:")
    .replaceAll(/([*+?}])\+/g, "$1")
    .replaceAll(/\\[AZzGQE]/g, "")
    .replaceAll(/\\[pP]\{(?:Is|In|java)?\w+\}/g, "\\w")
    .replaceAll(/\\[hHRX]/g, "\\s");
  try {
    return new RegExp(javascript) instanceof RegExp ? undefined : "";
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^Invalid regular expression: .*\/[a-z]*: /, "").toLowerCase();
  }
}
