import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import type { FileToPack } from "../tar.ts";
import { packedFile } from "./packed-file.ts";

const BUSYBOX = "/bin/busybox";

/**
 * The files of the smallest system that scripts run in: BusyBox, which is one file that needs no other, under the names of all of its
 * commands, with a user `worker` (1234). For images of containers. Throws an error that says what to install.
 */
export function smallSystem(): readonly FileToPack[] {
  if (!existsSync(BUSYBOX))
    throw new Error("busybox is not installed, which this test needs: apt-get install busybox-static");
  const applets = execFileSync(BUSYBOX, ["--list"], { encoding: "utf8" }).split("\n").filter(Boolean);
  return [
    {
      name: "bin/busybox",
      size: statSync(BUSYBOX).size,
      mode: 0o755,
      content: async () => createReadStream(BUSYBOX),
    },
    ...applets
      .filter((applet) => applet !== "busybox")
      .map((applet) => packedFile(`bin/${applet}`, "", { kind: "symlink", target: "busybox" })),
    packedFile("tmp/", "", { kind: "folder", mode: 0o1777 }),
    packedFile("etc/passwd", "root:x:0:0::/:/bin/sh\nworker:x:1234:1235::/:/bin/sh\n"),
    packedFile("etc/group", "root:x:0:\nworkers:x:1236:\n"),
  ];
}
