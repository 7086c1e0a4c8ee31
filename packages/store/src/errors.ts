/** Permanent codes of this package: `title` names the kind of error, `hint` what to do about it. */
export const STORE_ERRORS = {
  "store-full": {
    title: "The disk that holds the database is full",
    hint: "Free space on that disk, or remove old executions and logs. Work that was just being taken goes on when there is space: look for it before you send it again.",
  },
  "store-io": {
    title: "The operating system refused to read or write the database",
    hint: "Check the disk, the mount and the rights on the database's folder, then send the refused work again.",
  },
  "store-locked": {
    title: "Another process holds the database",
    hint: "Stop the other process, or give this one a folder of its own. A process that was killed leaves no lock behind.",
  },
  "store-unreachable": {
    title: "The database server can't be reached",
    hint: "Look whether it runs, at the address that the message names, and whether it takes more connections. Capstan goes on by itself as soon as it does. Work that was just being taken may have been kept: look for it before you send it again.",
  },
  "store-refused": {
    title: "The database server does not let Capstan in",
    hint: "Correct what the message names: the address, the user or its password, TLS, or the rights of the user, who must own the schema or be allowed to create it.",
  },
  "store-slow": {
    title: "The database took longer than it may",
    hint: "Ask for less (a shorter time, a namespace), or set a longer database.statementTimeout.",
  },
  "store-busy": {
    title: "Others use the tables that are to be changed",
    hint: "Nothing was changed, and it is tried again later by itself. End what reads these tables for minutes, such as a dump or a forgotten transaction (pg_stat_activity shows them).",
  },
  "store-closed": {
    title: "The store is not open",
    hint: "Send work only between the end of `start` and the call of `stop`.",
  },
  "store-newer": {
    title: "The database was written by a newer version",
    hint: "Run that version or a later one, or restore the backup that was taken before the upgrade.",
  },
  "store-changed": {
    title: "A migration that was already applied has changed",
    hint: "Restore the migration's file from the release; a change of the schema is a new file with the next number.",
  },
  "store-foreign": {
    title: "The database belongs to something else",
    hint: "Nothing of it was changed. Choose another folder, or move the file away.",
  },
  "store-missing": {
    title: "There is no database to read",
    hint: "Nothing was made. Name the data folder of a server, in which capstan.db lies, or the address, the database and the schema of one that ran.",
  },
  "store-occupied": {
    title: "The database is not empty",
    hint: "Nothing of it was changed. Move into an empty one: another database, another database.schema, or another folder.",
  },
  "store-incomplete": {
    title: "The database holds only a part of what is moved into it",
    hint: "Run the same `capstan migrate-store` again, which begins anew and needs its source as it was; or give the server another database. What was moved is still whole where it came from.",
  },
  "store-differs": {
    title: "What was moved is not what arrived",
    hint: "The source is untouched: go on with it. Run the same `capstan migrate-store` again, and report the message if it says so again.",
  },
  "store-corrupt": {
    title: "The database file is damaged, or none at all",
    hint: "Stop, keep a copy of the files, and restore a backup or use `.recover` of the sqlite3 command. If the file is not Capstan's, choose another folder.",
  },
  "store-invalid": {
    title: "A value can't be stored",
    hint: "Look at the value that the message names: dates are whole numbers, ids are text, bodies are JSON.",
  },
  "store-failed": {
    title: "The store failed in a way it should not",
    hint: "Restart the process; what was acknowledged is safe. Report the message with the log around it.",
  },
} as const satisfies Record<string, { title: string; hint: string }>;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** An operating error of the store. The unit or the query that met it had no effect. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What exactly happened, without the title of the code. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: StoreErrorCode, detail: string, options: { cause?: unknown } = {}) {
    super(`${STORE_ERRORS[code].title}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StoreError";
    this.code = code;
    this.detail = detail;
    this.hint = STORE_ERRORS[code].hint;
  }
}
