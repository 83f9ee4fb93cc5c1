import { appendFileSync } from 'node:fs'
import type { MonotonicClock, Timer } from './clock.ts'
import type { LogRecord } from './log.ts'

/** Appends records to a file as JSON lines, several at a time: opening it for each would be a tenth of a busy VCS's work. */
export class LogFile {
  readonly #path: string
  readonly #clock: MonotonicClock
  #lines: string[] = []
  #gathering: Timer | undefined
  #isOpen = true
  #isThere = false

  constructor(path: string, clock: MonotonicClock) {
    this.#path = path
    this.#clock = clock
  }

  /** The first record and an error stand in the file when this returns, with everything before it; others a moment later. */
  write(record: LogRecord): void {
    // What a closing socket still has to say comes after the host's folder is gone.
    if (!this.#isOpen) return
    this.#lines.push(JSON.stringify(record) + '\n')
    if (!this.#isThere || record.level === 'error' || this.#lines.length >= mostLines) this.#flush()
    else this.#gathering ??= this.#clock.after(gatherMs, () => this.#flush())
  }

  /** Writes what is left; nothing is taken any more. */
  close(): void {
    this.#flush()
    this.#isOpen = false
  }

  #flush(): void {
    this.#gathering?.cancel()
    this.#gathering = undefined
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    appendFileSync(this.#path, text, { mode: 0o600 })
    this.#isThere = true
  }
}

/** How long a record may wait for others. */
const gatherMs = 20
const mostLines = 500
