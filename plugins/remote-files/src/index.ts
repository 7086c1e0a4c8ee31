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
import { copy as copyLocal } from "./local/copy.ts";
import { remove as removeLocal } from "./local/delete.ts";
import { download as downloadLocal } from "./local/download.ts";
import { downloads as downloadsLocal } from "./local/downloads.ts";
import { list as listLocal } from "./local/list.ts";
import { move as moveLocal } from "./local/move.ts";
import { trigger as localTrigger } from "./local/trigger.ts";
import { upload as uploadLocal } from "./local/upload.ts";
import { uploads as uploadsLocal } from "./local/uploads.ts";
import { sftp } from "./sftp/sftp.ts";
import { command } from "./ssh/command.ts";
import { trigger } from "./trigger/trigger.ts";

const LOCAL = [
  uploadLocal,
  uploadsLocal,
  downloadLocal,
  downloadsLocal,
  listLocal,
  copyLocal,
  moveLocal,
  removeLocal,
  localTrigger,
];
const KINDS = [upload, uploads, download, downloads, list, move, remove, trigger];

export default definePlugin({
  name: "remote-files",
  title: "Files of other machines, and of this one",
  category: "Files",
  definitions: [...[sftp, ftp, ftps].flatMap((protocol) => KINDS.map((kind) => kind(protocol))), command, ...LOCAL],
  testedWith: [
    { types: "io.kestra.plugin.fs.sftp", kind: "real", what: "OpenSSH" },
    { types: "io.kestra.plugin.fs.ssh", kind: "real", what: "OpenSSH" },
    { types: "io.kestra.plugin.fs.ftp", kind: "real", what: "ProFTPD" },
    { types: "io.kestra.plugin.fs.ftps", kind: "real", what: "ProFTPD" },
    {
      types: "io.kestra.plugin.fs.local",
      kind: "real",
      what: "folders, and a server that is killed while files arrive",
    },
  ],
});
