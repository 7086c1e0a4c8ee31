/** The YAML documents of a payload, split on lines that hold only `---`; empty ones are left out, text is kept exactly. */
export function splitDocuments(payload: string): readonly string[] {
  return payload.split(/^---[ \t]*(?:#.*)?\r?$\n?/m).filter((text) => /^(?![ \t]*#)[ \t]*\S/m.test(text));
}
