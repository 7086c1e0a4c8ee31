import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { startProgram } from "@capstan/sdk/test-kit";

export const PASSWORD = "word-of-the-user";
/** Root may have no mails there. */
const NOBODY = 65_534;

/** A real server of mails for one user. */
export interface MailServer extends AsyncDisposable {
  /** What a trigger needs for it. */
  readonly connection: JsonMap;
  /** Puts the source of a mail into the mailbox, as its transport does. */
  readonly deliver: (source: string, folder?: string) => void;
}

/** Starts Dovecot for one of its protocols. */
export async function startDovecot(
  protocol: "IMAP" | "POP3",
  { isTls = false }: { readonly isTls?: boolean } = {},
): Promise<MailServer> {
  const isRoot = process.getuid?.() === 0;
  const [uid, gid] = isRoot ? [NOBODY, NOBODY] : [userInfo().uid, userInfo().gid];
  const program = await startProgram({
    command: "/usr/sbin/dovecot",
    install: "apt-get install dovecot-imapd dovecot-pop3d",
    args({ port, folder }) {
      chmodSync(folder, 0o755);
      const mails = join(folder, "mails");
      for (const path of [mails, ...["", ".Other"].flatMap((name) => boxesOf(join(mails, name)))]) {
        mkdirSync(path, { recursive: true });
      }
      execFileSync("chown", ["-R", `${uid}:${gid}`, mails]);
      const config = join(folder, "dovecot.conf");
      writeFileSync(join(folder, "users"), `capstan:{PLAIN}${PASSWORD}\n`);
      writeFileSync(config, configOf({ protocol, port, folder, uid, gid, isTls }));
      return ["-F", "-c", config];
    },
  });
  const mails = join(program.folder, "mails");
  let delivered = 0;
  return {
    connection: {
      protocol,
      host: "127.0.0.1",
      port: program.port,
      username: "capstan",
      password: PASSWORD,
      ssl: isTls,
      trustAllCertificates: isTls,
    },
    deliver(source, folder = "") {
      delivered += 1;
      const name = `${1_700_000_000 + delivered}.${delivered}.test`;
      const written = join(mails, folder, "tmp", name);
      writeFileSync(written, source.replaceAll(/\r?\n/gu, "\r\n"));
      chownSync(written, uid, gid);
      renameSync(written, join(mails, folder, "new", name));
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function boxesOf(folder: string): readonly string[] {
  return ["cur", "new", "tmp"].map((name) => join(folder, name));
}

interface Options {
  readonly protocol: "IMAP" | "POP3";
  readonly port: number;
  readonly folder: string;
  readonly uid: number;
  readonly gid: number;
  readonly isTls: boolean;
}

function configOf({ protocol, port, folder, uid, gid, isTls }: Options): string {
  const name = protocol.toLowerCase();
  const login = isTls ? `${name}s` : name;
  const owner = uid === NOBODY ? "nobody" : userInfo().username;
  const group = execFileSync("id", ["-gn", owner], { encoding: "utf8" }).trim();
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  if (isTls) {
    const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`;
    execFileSync("openssl", words.split(" "), { stdio: "ignore" });
  }
  const other = isTls ? name : `${name}s`;
  return `
protocols = ${name}
listen = 127.0.0.1
base_dir = ${join(folder, "run")}
state_dir = ${join(folder, "state")}
log_path = /dev/stderr
default_internal_user = ${owner}
default_internal_group = ${group}
default_login_user = ${owner}
disable_plaintext_auth = no
ssl = ${isTls ? `yes\nssl_cert = <${certificate}\nssl_key = <${key}` : "no"}
mail_location = maildir:${join(folder, "mails")}
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = ${join(folder, "users")}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}
}
service ${name}-login {
  chroot =
  inet_listener ${login} {
    port = ${port}
    ssl = ${isTls ? "yes" : "no"}
  }
  inet_listener ${other} {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`;
}
