/** The program can't be read. */
export class JqSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "JqSyntaxError";
    this.offset = offset;
  }
}

/** An error inside the language: `try … catch` handles it and gets its value. */
export class JqError extends Error {
  readonly value: unknown;

  constructor(value: unknown) {
    super(typeof value === "string" ? value : "an error that is no text");
    this.name = "JqError";
    this.value = value;
  }
}

/** `break $name` on its way to the label. */
export class JqBreak {
  readonly label: object;

  constructor(label: object) {
    this.label = label;
  }
}
