import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Interface } from 'node:readline'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { waitFor } from '#runtime/wait.ts'

export interface EndedLab {
  readonly lab: number
  /** Its data folder. */
  readonly data: string
  /** Processes that outlive it and serve no other lab meanwhile. */
  readonly pids: readonly number[]
}

const script = fileURLToPath(new URL('left-behind.sh', import.meta.url))

/** Watches from outside, by `ss` and /proc, that labs leave nothing behind in the processes that outlive them. */
export class LeftBehind implements AsyncDisposable {
  readonly #observer: ChildProcess
  readonly #lines: Interface
  /** Descriptors that each process had after its first lab; a runner has more for each process it starts. */
  readonly #usual = new Map<number, number>()
  #pids = ''
  readonly #limitMs: number

  /** `limitMs`: how long what is being closed may take, in real time. */
  constructor({ limitMs = 5_000 } = {}) {
    this.#limitMs = limitMs
    this.#observer = spawn(script, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface(this.#observer.stdout!)
  }

  /**
   * Waits until no socket has an address of the lab, no process holds a file of its data, and each has as many descriptors as
   * after the labs before. Rejects with what is left.
   */
  async nothingOf(ended: EndedLab): Promise<void> {
    let left: string[] = []
    const pids = ended.pids.join(' ')
    if (pids !== this.#pids) this.#usual.clear()
    this.#pids = pids
    const look = async () => {
      left = (await this.#ask(ended)).filter((line) => !this.#isUsual(line))
      return left.length === 0
    }
    await waitFor(`nothing of lab ${ended.lab} to be left`, look, {
      limitMs: this.#limitMs,
      lastSeen: () => left.join('\n'),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#observer.exitCode !== null) return
    this.#observer.stdin!.end()
    await once(this.#observer, 'close')
  }

  #ask({ lab, data, pids }: EndedLab): Promise<string[]> {
    const answer: string[] = []
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('lab/left-behind/left-behind.sh ended'))
      const take = (line: string) => {
        if (line !== '') return void answer.push(line)
        this.#lines.off('line', take).off('close', ended)
        resolve(answer)
      }
      this.#lines.on('line', take).on('close', ended)
      this.#observer.stdin!.write(`${[lab, data, ...pids].join(' ')}\n`)
    })
  }

  #isUsual(line: string): boolean {
    const [what, pid, count] = line.split(' ')
    if (what !== 'descriptors') return false
    const usual = this.#usual.get(Number(pid))
    if (usual === undefined) this.#usual.set(Number(pid), Number(count))
    return Number(count) <= (usual ?? Infinity)
  }
}
