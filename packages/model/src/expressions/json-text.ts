export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The prints `{{ … }}` that stand inside a string of hand-written JSON; none when the text is no JSON. */
export function printsInsideJsonStrings(text: string): Span[] {
  if (!/^\s*(?:\{(?![{%#])|\[)\s*["{[}\]]/.test(text)) return [];
  const spans: Span[] = [];
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const opening = text.startsWith("{{", at) ? "}}" : text.startsWith("{%", at) ? "%}" : undefined;
    if (opening !== undefined) {
      const close = text.indexOf(opening, at);
      if (close === -1) break;
      const end = close + 2;
      if (inString && opening === "}}") spans.push({ start: at, end });
      at = end - 1;
    } else if (inString && text[at] === "\\") at += 1;
    else if (text[at] === '"') inString = !inString;
  }
  return spans;
}
