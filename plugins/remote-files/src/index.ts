import { definePlugin } from "@capstan/sdk";
import { ftp } from "./ftp/ftp.ts";
import { ftps } from "./ftp/ftps.ts";
import { remove } from "./operations/delete.ts";
import { download } from "./operations/download.ts";
import { downloads } from "./operations/downloads.ts";
import { list } from "./operations/list.ts";
import { move } from "./operations/move.ts";
import { upload } from "./operations/upload.ts";
import { uploads } from "./operations/uploads.ts";
import { sftp } from "./sftp/sftp.ts";
import { command } from "./ssh/command.ts";
import { trigger } from "./trigger/trigger.ts";

const KINDS = [upload, uploads, download, downloads, list, move, remove, trigger];

export default definePlugin({
  name: "remote-files",
  title: "Files of other machines",
  category: "Files",
  definitions: [...[sftp, ftp, ftps].flatMap((protocol) => KINDS.map((kind) => kind(protocol))), command],
  testedWith: [
    { types: "io.kestra.plugin.fs.sftp", kind: "real", what: "OpenSSH" },
    { types: "io.kestra.plugin.fs.ssh", kind: "real", what: "OpenSSH" },
    { types: "io.kestra.plugin.fs.ftp", kind: "real", what: "ProFTPD" },
    { types: "io.kestra.plugin.fs.ftps", kind: "real", what: "ProFTPD" },
  ],
});
