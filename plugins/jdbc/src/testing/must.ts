/** Throws unless something holds, in words of a strict server. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it must hold that ${what}`);
}

/** Throws for names that are none of these. */
export function only(found: Iterable<string>, names: readonly string[]): void {
  const unknown = [...found].filter((name) => !names.includes(name));
  must(unknown.length === 0, `${unknown.join(", ")} is known`);
}
