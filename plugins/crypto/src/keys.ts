import { TaskFailure } from "@capstan/sdk";
import type { Key, PrivateKey } from "openpgp";

/** The keys in an export such as that of `gpg --export -a`. Throws `TaskFailure`, which tells nothing of what it got. */
export async function readPublicKeys(armored: string, property: string): Promise<readonly Key[]> {
  const { readKeys } = await import("openpgp");
  return readKeys({ armoredKeys: armored }).catch((error: unknown) => {
    throw unreadable(property, "--export", error);
  });
}

/** The keys in an export such as that of `gpg --export-secret-keys -a`, unlocked. Throws `TaskFailure`, which tells nothing of what it got. */
export async function readSecretKeys(
  armored: string,
  passphrase: string | undefined,
  properties: { readonly key: string; readonly passphrase: string },
): Promise<readonly PrivateKey[]> {
  const { readPrivateKeys, decryptKey } = await import("openpgp");
  const keys = await readPrivateKeys({ armoredKeys: armored }).catch((error: unknown) => {
    throw unreadable(properties.key, "--export-secret-keys", error);
  });
  return Promise.all(
    keys.map(async (privateKey) => {
      if (privateKey.isDecrypted()) return privateKey;
      if (passphrase === undefined)
        throw new TaskFailure(
          `The key of \`${properties.key}\` is locked: give its passphrase with \`${properties.passphrase}\`.`,
        );
      return decryptKey({ privateKey, passphrase }).catch((error: unknown) => {
        throw new TaskFailure(`\`${properties.passphrase}\` doesn't unlock the key of \`${properties.key}\`.`, {
          cause: error,
        });
      });
    }),
  );
}

/** The keys of a user, who is named by an address, a name, or both. Throws `TaskFailure` where there is none. */
export function keysOf<Kind extends Key>(keys: readonly Kind[], user: string, property: string): readonly Kind[] {
  const found = keys.filter((key) => key.users.some(({ userID }) => isNamed(userID, user)));
  if (found.length > 0) return found;
  const known = keys.flatMap((key) => key.getUserIDs()).join(", ");
  throw new TaskFailure(
    `\`${property}\` has no key of ${user}: it has ${known === "" ? "none" : `those of ${known}`}.`,
  );
}

interface UserId {
  readonly userID: string;
  readonly name: string;
  readonly email: string;
}

function isNamed(id: UserId | null, user: string): boolean {
  const wanted = user.trim().toLowerCase();
  return id !== null && wanted !== "" && [id.userID, id.name, id.email].some((name) => name.toLowerCase() === wanted);
}

function unreadable(property: string, command: string, cause: unknown): TaskFailure {
  return new TaskFailure(`\`${property}\` can't be read as keys: give what \`gpg ${command} -a\` writes.`, { cause });
}
