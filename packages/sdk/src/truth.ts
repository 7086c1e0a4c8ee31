const FALSE_TEXTS: ReadonlySet<string> = new Set(["", "false", "0", "-0"]);

/** Whether a rendered condition holds: null, blank text, `false`, `0` and `-0` don't, anything else does. */
export function isTruthy(rendered: string | null | undefined): boolean {
  return rendered !== null && rendered !== undefined && !FALSE_TEXTS.has(rendered.trim());
}
