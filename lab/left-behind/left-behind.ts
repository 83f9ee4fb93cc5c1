import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { waitFor } from '#runtime/wait.ts'

export interface EndedLab {
  readonly lab: number
  /** Its data folder. */
  readonly data: string
  /** Processes that outlive it: the runner's and those of the clients. */
  readonly pids: readonly number[]
}

const script = fileURLToPath(new URL('left-behind.sh', import.meta.url))

/** Watches from outside, by `ss` and /proc, that labs leave nothing behind in the processes that outlive them. */
export class LeftBehind {
  /** Descriptors that each process had after its first lab. */
  readonly #usual = new Map<number, number>()
  readonly #limitMs: number

  /** `limitMs`: how long what is being closed may take, in real time. */
  constructor({ limitMs = 5_000 } = {}) {
    this.#limitMs = limitMs
  }

  /**
   * Waits until no socket has an address of the lab, no process holds a file of its data, and each has as many descriptors as
   * after the labs before. Rejects with what is left.
   */
  async nothingOf({ lab, data, pids }: EndedLab): Promise<void> {
    let left: string[] = []
    const look = () => {
      const text = execFileSync(script, [String(lab), data, ...pids.map(String)], { encoding: 'utf8' })
      left = text.split('\n').filter((line) => line !== '' && !this.#isUsual(line))
      return left.length === 0
    }
    await waitFor(`nothing of lab ${lab} to be left`, look, {
      limitMs: this.#limitMs,
      lastSeen: () => left.join('\n'),
    })
  }

  #isUsual(line: string): boolean {
    const [what, pid, count] = line.split(' ')
    if (what !== 'descriptors') return false
    const usual = this.#usual.get(Number(pid)) ?? Infinity
    if (Number(count) <= usual) this.#usual.set(Number(pid), usual === Infinity ? Number(count) : usual)
    return Number(count) <= usual
  }
}
