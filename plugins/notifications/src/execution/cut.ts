/** At most so many characters, the last of them `…` where there were more. */
export function cutTo(characters: number, text: string): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}
