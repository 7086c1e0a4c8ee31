/** An element of an XML document: its text, and the elements in it. */
export interface Element {
  readonly name: string;
  readonly attributes: string;
  text: string;
  readonly children: Element[];
}

const TOKEN =
  /<!\[CDATA\[([^]*?)\]\]>|<[?!][^>]*>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;
const CODE_POINT_MAX = 0x10ffff;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * Reads the XML that services of Azure answer: elements, attributes, text and entities, without documents that define their own. Answers an
 * element without a name that holds the outermost one. What is no XML is skipped.
 */
export function readXml(source: string): Element {
  const root: Element = { name: "", attributes: "", text: "", children: [] };
  const open = [root];
  for (const [, data, closing, name, attributes = "", empty, text] of source.matchAll(TOKEN)) {
    const parent = open.at(-1)!;
    if (data !== undefined) parent.text += data;
    else if (text !== undefined) parent.text += withoutEntities(text);
    else if (closing === "/") {
      if (open.length > 1) open.pop();
    } else if (name !== undefined) {
      const element: Element = { name, attributes, text: "", children: [] };
      parent.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  return root;
}

/** The first child of a name, then one of that, and so on. */
export function childAt(element: Element | undefined, ...names: readonly string[]): Element | undefined {
  let found = element;
  for (const name of names) found = found?.children.find((child) => child.name === name);
  return found;
}

/** The text of a child; undefined where it is not there or empty. */
export function textAt(element: Element | undefined, ...names: readonly string[]): string | undefined {
  const text = childAt(element, ...names)?.text;
  return text === "" ? undefined : text;
}

function withoutEntities(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (whole: string, hex?: string, decimal?: string, name = "") => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : (ENTITIES[name] ?? whole);
    },
  );
}
