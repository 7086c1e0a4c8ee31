/** The form that ids take in storage paths: lower case, words joined by single dashes, accents and signs removed. */
export function slugify(text: string): string {
  return text
    .trim()
    .replaceAll(/\s/g, "-")
    .normalize("NFD")
    .replaceAll(/[^\w-]/g, "")
    .replaceAll("_", "-")
    .replaceAll(/-+/g, "-")
    .toLowerCase();
}
