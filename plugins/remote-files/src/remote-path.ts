import { TaskFailure } from "@capstan/sdk";

const ADDRESS = /^(?:sftp|ftps?):\/\/([^/]*)(\/.*)?$/iu;

/**
 * A path as flows write it, with one slash at its start and none at its end; the address of the same server, as tasks put it out, is
 * one too. Throws `TaskFailure` for a path with `..`, for control characters, and for the address of another server.
 */
export function remotePath(written: string, serverAddress: string): string {
  const path = pathOf(written.trim(), serverAddress);
  // oxlint-disable-next-line no-control-regex -- They would be commands of their own for a server of FTP.
  if (/[\u0000-\u001f\u007f]/u.test(path))
    throw new TaskFailure(`The path ${JSON.stringify(written)} holds control characters, which no path may.`);
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  if (steps.includes(".."))
    throw new TaskFailure(`The path "${written}" has a step "..": write the path that is meant, from the root.`);
  return `/${steps.join("/")}`;
}

/** The same for a place that a file of this name goes to: a path that ends with a slash is the folder for it. */
export function targetPath(written: string, name: string, serverAddress: string): string {
  const isFolder = written.trim().endsWith("/");
  return remotePath(isFolder ? `${written.trim()}${name}` : written, serverAddress);
}

/** The address of a path at a server, as it is put out. */
export function addressOf(serverAddress: string, path: string): string {
  return `${serverAddress}${path.split("/").map(encodeURIComponent).join("/")}`;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Of the root, the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export function joined(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** Whether a name that a server tells is one step of a path: another one could lead anywhere. */
export function isName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- As above.
  return name !== "" && name !== "." && name !== ".." && !/[/\u0000-\u001f\u007f]/u.test(name);
}

function pathOf(written: string, serverAddress: string): string {
  const match = ADDRESS.exec(written);
  if (match === null) return written;
  const [, server = "", path = "/"] = match;
  const ownServer = serverAddress.slice(serverAddress.indexOf("://") + 3);
  if (server !== ownServer && server !== ownServer.replace(/:\d+$/u, ""))
    throw new TaskFailure(
      `The task speaks to ${serverAddress}, and not to the server of "${written}": write its path alone.`,
    );
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // A lone percent sign is meant as it is.
  }
}
