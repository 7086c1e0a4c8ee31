/** Numbers as JSON writes them; digits behind a zero, as in 007, are text. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

// Text that JSON takes as a number; the compiler's library lacks it.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** The value that a text of XML stands for: true, false, null, a number that keeps all of its digits, or the text. */
export function xmlValue(text: string): unknown {
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    default:
      return NUMBER.test(text) ? rawJSON(text) : text;
  }
}
