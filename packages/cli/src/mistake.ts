/** Ends the command with a message for the user, and nothing else on stderr. */
export class Mistake extends Error {
  /** 2 when the command was asked for wrongly, 1 when what it asked for failed. */
  readonly exitCode: 1 | 2;
  constructor(message: string, options: ErrorOptions & { exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.name = "Mistake";
    this.exitCode = options.exitCode ?? 2;
  }
}
