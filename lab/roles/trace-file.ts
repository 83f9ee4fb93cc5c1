import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { TraceEvent } from '#runtime/trace.ts'

/** Reads what another process appended to its `trace.jsonl` since the last look. */
export class TraceFile {
  readonly #path: string
  #offset = 0

  /** What an earlier process left in the file is not read again. */
  constructor(path: string) {
    this.#path = path
    this.#offset = existsSync(path) ? statSync(path).size : 0
  }

  take(): TraceEvent[] {
    if (!existsSync(this.#path)) return []
    const file = openSync(this.#path, 'r')
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.#offset)
      readSync(file, bytes, 0, bytes.length, this.#offset)
      // A process killed while writing leaves half a line behind; it is read when (if) the rest comes.
      const end = bytes.lastIndexOf(0x0a) + 1
      this.#offset += end
      return bytes
        .subarray(0, end)
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as TraceEvent)
    } finally {
      closeSync(file)
    }
  }
}
