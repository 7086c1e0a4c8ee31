/** The header with a key, which may be written with the word that goes before it. */
export function authorizationOf(key: string | undefined): Readonly<Record<string, string>> {
  if (key === undefined) return {};
  return { Authorization: /^GenieKey /i.test(key) ? key : `GenieKey ${key}` };
}
