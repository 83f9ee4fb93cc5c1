import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { pack } from 'tar-stream'

export interface SnapshotArchive {
  readonly name: string
  /** A tar.gz file. */
  readonly bytes: Buffer
}

/** Packs texts as files of a tar.gz. */
export async function snapshotArchive(
  name: string,
  modified: Date,
  files: ReadonlyArray<{ readonly name: string; readonly text: string }>,
): Promise<SnapshotArchive> {
  const tar = pack()
  for (const file of files) tar.entry({ name: file.name, mtime: modified, mode: 0o600 }, file.text)
  tar.finalize()
  return { name, bytes: await promisify(gzip)(await buffer(tar)) }
}
