import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { MonotonicClock } from '#runtime/clock.ts'
import type { FromProcess, ToProcess } from './messages.ts'

/** What one call hears of the process. */
export interface CallListener {
  onOffered(sdp: string): void
  onHeard(at: number, samples: Int16Array): void
  /** The call cannot go on in the process, or the process is gone. */
  onBroken(why: string): void
}

export class WebrtcUnavailable extends Error {
  readonly code = 'MRA_WEBRTC_UNAVAILABLE'
}

/** The WebRTC library in a process of its own, which a crash of the library ends and nothing else. */
export class WebrtcProcess {
  readonly #child: ChildProcess
  readonly #clock: MonotonicClock
  readonly #calls = new Map<number, CallListener>()
  readonly #exited: Promise<void>
  readonly #ended = Promise.withResolvers<string>()
  #count = 0
  #problem: string | undefined

  /** Loads `module` in a new process; rejects with `WebrtcUnavailable` where that does not work. */
  static async start(module: string, clock: MonotonicClock): Promise<WebrtcProcess> {
    const child = fork(main, [module], {
      execArgv: ['--no-warnings'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const started = new WebrtcProcess(child, clock)
    try {
      await started.#ready()
      return started
    } catch (error) {
      await started.stop()
      throw error
    }
  }

  private constructor(child: ChildProcess, clock: MonotonicClock) {
    this.#child = child
    this.#clock = clock
    let words = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-mostWords)))
    child.on('error', (error) => this.#end(error.message))
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#end(`its process ended (${signal ?? code})${words === '' ? '' : `: ${words.trim().split('\n').at(-1)}`}`)
        resolve()
      })
    })
    child.on('message', (message: FromProcess) => this.#take(message))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Why it does not run any more. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Resolves with the reason when the process is gone. */
  get ended(): Promise<string> {
    return this.#ended.promise
  }

  /** A call in the process: its number. */
  open(toneHz: number, listener: CallListener): number {
    const line = ++this.#count
    this.#calls.set(line, listener)
    this.send({ type: 'open', line, toneHz })
    return line
  }

  send(message: ToProcess): void {
    if (!this.#child.connected) return
    if (message.type === 'close') this.#calls.delete(message.line)
    // It may be gone by the time this is written; its end is told.
    this.#child.send(message, () => {})
  }

  async stop(): Promise<void> {
    this.#calls.clear()
    if (this.#child.connected) this.#child.disconnect()
    const limit = this.#clock.after(endLimitMs, () => this.#child.kill('SIGKILL'))
    if (this.#child.pid !== undefined) await this.#exited
    limit.cancel()
  }

  async #ready(): Promise<void> {
    const ready = Promise.withResolvers<void>()
    const limit = this.#clock.after(startLimitMs, () => this.#end(`it was not ready within ${startLimitMs} ms`))
    this.#onReady = () => ready.resolve()
    void this.#ended.promise.then((why) => ready.reject(new WebrtcUnavailable(why)))
    await ready.promise.finally(() => limit.cancel())
  }

  #onReady: () => void = () => {}

  #take(message: FromProcess): void {
    if (message.type === 'ready') return this.#onReady()
    if (message.type === 'failed') return this.#end(message.why)
    const call = this.#calls.get(message.line)
    if (message.type === 'offered') call?.onOffered(message.sdp)
    if (message.type === 'heard') call?.onHeard(message.at, message.samples)
    if (message.type === 'broken') call?.onBroken(message.why)
  }

  #end(why: string): void {
    if (this.#problem !== undefined) return
    this.#problem = why
    this.#ended.resolve(why)
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const call of calls) call.onBroken(why)
  }
}

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const mostWords = 1_000
const startLimitMs = 10_000
const endLimitMs = 2_000
