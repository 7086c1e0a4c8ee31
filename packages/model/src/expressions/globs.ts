/** Whether a path matches a glob of files: `*`, `**`, `?`, `[ab]` and `{a,b}`. */
export function matchesGlob(path: string, glob: string): boolean {
  const pattern = glob.replace(/^glob:/, "").replace(/^\.?\//, "");
  return new RegExp(`^${translated(pattern)}$`).test(path.replace(/^\.?\//, ""));
}

function translated(glob: string): string {
  let regex = "";
  let depth = 0;
  for (let index = 0; index < glob.length; index += 1) {
    const sign = glob[index]!;
    if (sign === "*" && glob[index + 1] === "*") {
      index += glob[index + 2] === "/" ? 2 : 1;
      regex += ".*";
    } else if (sign === "*") regex += "[^/]*";
    else if (sign === "?") regex += "[^/]";
    else if (sign === "[") {
      const end = glob.indexOf("]", index);
      if (end === -1) regex += String.raw`\[`;
      else {
        regex += glob
          .slice(index, end + 1)
          .replace(/^\[!/, "[^")
          .replaceAll("\\", "\\\\");
        index = end;
      }
    } else if (sign === "{") {
      depth += 1;
      regex += "(?:";
    } else if (sign === "}" && depth > 0) {
      depth -= 1;
      regex += ")";
    } else if (sign === "," && depth > 0) regex += "|";
    else regex += sign.replace(/[.+^$()|\\{}\]]/, String.raw`\$&`);
  }
  return depth > 0 ? `${regex}${")".repeat(depth)}` : regex;
}
