import { matchesGlob } from "node:path";

/**
 * What a `.dockerignore` leaves out of the context of a build: patterns from the root, one a line, of which the last that fits counts;
 * `!` takes back. A folder that is left out takes what is in it along.
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ keeps: line.startsWith("!"), pattern: plain(line.replace(/^!/, "").trim()) }))
    .filter(({ pattern }) => pattern !== "");
  return (path) => {
    const steps = path.split("/");
    const places = steps.map((_, index) => steps.slice(0, index + 1).join("/"));
    const last = rules.findLast(({ pattern }) => places.some((place) => matchesGlob(place, pattern)));
    return last !== undefined && !last.keeps;
  };
}

function plain(pattern: string): string {
  return pattern.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
}
