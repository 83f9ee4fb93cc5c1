import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program of ours that runs as a child and has said it is ready. */
export interface Child {
  readonly pid: number
  /** Path of its management socket. */
  readonly socket: string
  isRunning(): boolean
  /** What it last wrote to standard error. */
  lastWords(): string
  kill(signal: NodeJS.Signals): Promise<void>
  /** Closes its standard input, which ends it; kills it after a limit. */
  end(): Promise<void>
}

export class ChildFailed extends Error {
  readonly code = 'MRA_CHILD_FAILED'
}

/** Starts `main` under this Node and waits for its line `{"ready":true,"socket":…}`. */
export async function startChild(name: string, main: string, argument: string, limitMs = 20_000): Promise<Child> {
  const child = spawn(process.execPath, ['--no-warnings', main, argument], { stdio: ['pipe', 'pipe', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4_000)))
  child.stdin.on('error', () => {})
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const socket = await readyLine(name, child, () => words, limitMs)
  const isRunning = () => child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid!,
    socket,
    isRunning,
    lastWords: () => words,
    async kill(signal) {
      child.kill(signal)
      await exited
    },
    async end() {
      child.stdin.end()
      const limit = setTimeout(() => child.kill('SIGKILL'), endLimitMs)
      await exited
      clearTimeout(limit)
    },
  }
}

const endLimitMs = 5_000

function readyLine(name: string, child: ChildProcess, words: () => string, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(limit)
      child.kill('SIGKILL')
      reject(new ChildFailed(`${name} ${why}${words() === '' ? '' : `: ${words().trim()}`}`))
    }
    const limit = setTimeout(() => fail(`was not ready within ${limitMs} ms`), limitMs)
    child.once('exit', (code, signal) => fail(`ended before it was ready (${code ?? signal})`))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"ready":true')) return
      clearTimeout(limit)
      resolve((JSON.parse(line) as { socket: string }).socket)
    })
  })
}
