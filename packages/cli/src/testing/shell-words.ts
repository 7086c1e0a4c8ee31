/** The words of a simple shell command: spaces separate, quotes hold together; no expansion. */
export function shellWords(command: string): readonly string[] {
  const words = command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  return Array.from(words, ([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
}
