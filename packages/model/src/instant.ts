let lastMs = 0;
let lastText = "1970-01-01T00:00:00.000Z";

/**
 * A moment as ISO 8601 text in UTC with milliseconds. Most moments that are shown after one another are the same one, so the last
 * one is kept. Throws `RangeError` beyond what dates can hold.
 */
export function instantText(epochMs: number): string {
  if (epochMs === lastMs) return lastText;
  lastText = new Date(epochMs).toISOString();
  lastMs = epochMs;
  return lastText;
}
