/** The candidate a reader most likely meant, or undefined when none is close. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const lastPart = comparable(name.slice(name.lastIndexOf(".") + 1));
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    // A package that both names share says nothing about how alike they are.
    const shared = sharedPackage(name, candidate);
    const wanted = comparable(name.slice(shared));
    const text = comparable(candidate.slice(shared));
    const limit = editsAllowed(wanted.length, text.length);
    let distance = distanceOf(wanted, text, Math.min(limit, bestDistance));
    if (distance > limit && candidate.includes(".")) {
      const tail = comparable(candidate.slice(candidate.lastIndexOf(".") + 1));
      // A right class name in the wrong package is a better guess than any misspelling, unless another package was meant.
      if (tail === lastPart && tail !== "" && areRelated(name, candidate)) distance = limit;
    }
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Names of one or two characters are all alike, so that a difference between them means nothing. */
function editsAllowed(left: number, right: number): number {
  const [shorter, longer] = [Math.min(left, right), Math.max(left, right)];
  return shorter < 2 || longer < 3 ? 0 : Math.max(1, Math.floor(shorter / 3));
}

/** Length of the dotted beginning that two names have in common. */
function sharedPackage(left: string, right: string): number {
  let end = 0;
  for (let index = 0; index < left.length && left[index] === right[index]; index += 1)
    if (left[index] === ".") end = index + 1;
  return end;
}

/** Whether two dotted names share a part that says something, or one of them has no other part than its last. */
function areRelated(name: string, candidate: string): boolean {
  const own = tellingParts(name);
  const others = tellingParts(candidate);
  return own.length === 0 || others.length === 0 || own.some((part) => others.includes(part));
}

const COMMON_PARTS = new Set(["io", "kestra", "plugin", "core", "tasks", "models", "types"]);

/** The packages of a name without those that very many names have; a plural counts as its singular. */
function tellingParts(name: string): string[] {
  const packages = name.split(".").slice(0, -1);
  return packages.filter((part) => !COMMON_PARTS.has(part)).map((part) => comparable(part).replace(/s$/, ""));
}

function comparable(text: string): string {
  return text.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Edits (insert, delete, replace, swap neighbours) between two texts; anything above `limit` is only known to be above. */
function distanceOf(left: string, right: string, limit: number): number {
  if (left === right) return 0;
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  let twoAgo: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let value = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1));
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) value = Math.min(value, twoAgo[column - 2]! + 1);
      current.push(value);
      smallest = Math.min(smallest, value);
    }
    if (smallest > limit) return limit + 1;
    twoAgo = previous;
    previous = current;
  }
  return previous[right.length]!;
}
