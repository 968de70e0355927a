// A folder of this machine as one file that can be sent: a tar whose parts are the files themselves, so that none of
// them is read before it is sent. Source of the format: POSIX.1-2017, pax, "ustar Interchange Format".

const BLOCK = 512; // bytes
const LONGEST = 100; // bytes of a name in a header; a longer one has a header of its own

/** @typedef {{ path: string, file: File }} FolderFile a file, with its path from the folder's own name on */

/**
 * Returns the files that were dropped, those in folders too; null where no folder was.
 * @param {DataTransfer} dropped
 * @returns {Promise<FolderFile[] | null>}
 */
export async function droppedFolder(dropped) {
  const entries = [...dropped.items].map((each) => each.webkitGetAsEntry()); // before anything is awaited
  if (!entries.some((each) => each?.isDirectory)) return null;
  const found = await Promise.all(entries.map((each) => (each ? filesOf(each) : [])));
  return found.flat();
}

/**
 * Returns the files of a folder that was chosen.
 * @param {FileList} files
 * @returns {FolderFile[]}
 */
export function chosenFolder(files) {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter(isVisible);
}

/**
 * Returns files as one tar, called by the folder they are of.
 * @param {FolderFile[]} files at least one
 */
export function archiveOf(files) {
  const parts = files.flatMap(({ path, file }) => [...headers(path, file.size), file, padding(file.size)]);
  const name = files[0].path.split("/")[0] || "folder";
  return new File([...parts, new Uint8Array(2 * BLOCK)], `${name}.tar`, { type: "application/x-tar" });
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<FolderFile[]>}
 */
async function filesOf(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise((/** @type {(file: File) => void} */ resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
    );
    return [{ path, file }].filter(isVisible);
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    // a hundred at a time, until there are none
    const some = await new Promise((/** @type {(entries: FileSystemEntry[]) => void} */ resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesOf(each)));
  }
}

/** @param {FolderFile} file what systems put into folders by themselves begins with a dot; the folder itself may */
function isVisible({ path }) {
  const [first, ...inside] = path.split("/");
  return ![...(inside.length ? inside : [first])].some((part) => part.startsWith("."));
}

/**
 * @param {string} path
 * @param {number} size
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
function headers(path, size) {
  const name = new TextEncoder().encode(path);
  if (name.length <= LONGEST) return [header(name, size, "0")];
  const record = paxRecord(path);
  const standIn = new TextEncoder().encode("long-name");
  return [header(standIn, record.length, "x"), record, padding(record.length), header(standIn, size, "0")];
}

/**
 * Returns "LENGTH path=PATH\n", whose length counts its own digits.
 * @param {string} path
 */
function paxRecord(path) {
  const rest = new TextEncoder().encode(` path=${path}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return new Uint8Array([...new TextEncoder().encode(String(length)), ...rest]);
}

/**
 * @param {Uint8Array} name
 * @param {number} size
 * @param {string} kind "0": a file; "x": what is said of the next one
 */
function header(name, size, kind) {
  const bytes = new Uint8Array(BLOCK);
  const write = (/** @type {number} */ at, /** @type {string} */ text) => bytes.set(new TextEncoder().encode(text), at);
  bytes.set(name, 0);
  write(100, "0000600\0");
  write(124, `${size.toString(8).padStart(11, "0")}\0`); // up to 8 GiB
  write(136, `${"0".repeat(11)}\0`);
  write(148, " ".repeat(8)); // the checksum counts itself as blanks
  write(156, kind);
  write(257, "ustar\0" + "00");
  const sum = bytes.reduce((total, each) => total + each, 0);
  write(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return bytes;
}

/** @param {number} size */
function padding(size) {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}
