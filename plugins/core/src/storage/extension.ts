/** An extension with its dot, however it is written; nothing stays nothing. */
export function withDot(extension: string): string {
  return extension === "" || extension.startsWith(".") ? extension : `.${extension}`;
}

/** The extension of the file's name in a URI, with its dot; nothing when there is none. */
export function extensionOf(uri: string): string {
  return /\.[A-Za-z0-9]{1,16}$/.exec(uri.split("/").at(-1) ?? "")?.[0] ?? "";
}
