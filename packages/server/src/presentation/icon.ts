/** The icon of a type or a group of plugins that brings none: its letters on a colour of its own. */
export function iconOf(name: string, flowable: boolean): { name: string; icon: string; flowable: boolean } {
  const short = name.split(".").at(-1) ?? name;
  const letters = (short.match(/[A-Z]/g)?.join("") ?? short).slice(0, 2).toUpperCase() || short.slice(0, 2);
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" ` +
    `fill="hsl(${hueOf(name)} 45% 42%)"/><text x="12" y="16" font-family="sans-serif" font-size="10" fill="#fff" ` +
    `text-anchor="middle">${letters.replaceAll(/[^\w]/g, "")}</text></svg>`;
  return { name: short, icon: Buffer.from(svg).toString("base64"), flowable };
}

/** 0–359, the same for the package of a name wherever it appears. */
function hueOf(name: string): number {
  let sum = 0;
  for (const character of name.split(".").slice(0, 5).join(".")) sum = (sum * 31 + character.charCodeAt(0)) % 360;
  return sum;
}
