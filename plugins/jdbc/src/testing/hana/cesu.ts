/** Texts of the protocol are UTF-8 in which characters beyond 16 bits are written as their two halves (CESU-8). */

export function encodeText(text: string): Buffer {
  if (!/[\ud800-\udfff]/u.test(text) && !/[\u{10000}-\u{10ffff}]/u.test(text)) return Buffer.from(text);
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return Buffer.concat(
    units.map((unit) =>
      unit < 0xd800 || unit > 0xdfff
        ? Buffer.from(String.fromCharCode(unit))
        : Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]),
    ),
  );
}

const HALF = /\xed([\xa0-\xbf])([\x80-\xbf])/gu;

export function decodeText(bytes: Buffer): string {
  const halves: string[] = [];
  const marked = bytes.toString("latin1").replaceAll(HALF, (_found, middle: string, last: string) => {
    halves.push(String.fromCharCode(0xd000 | ((middle.charCodeAt(0) & 0x3f) << 6) | (last.charCodeAt(0) & 0x3f)));
    return "\0";
  });
  return Buffer.from(marked, "latin1")
    .toString("utf8")
    .replaceAll("\0", () => halves.shift() ?? "\0");
}
