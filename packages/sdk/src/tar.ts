/** TAR archives for plugins, as streams: what stands in them is never held in memory. */
export { readTar, type TarEntry } from "./tar/read-tar.ts";
export { type FileToPack, tarOf } from "./tar/write-tar.ts";
export { packFolder, type Packing } from "./tar/pack-folder.ts";
export { type ReturnedFolder, unpackReturned } from "./tar/returned-folder.ts";
