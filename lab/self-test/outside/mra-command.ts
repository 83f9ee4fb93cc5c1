import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { waitFor } from '#runtime/wait.ts'

/** What the tests read of the line that `mra lab --json` prints. */
export interface LabLine {
  readonly lab: number
  readonly domain: string
  readonly ca: string
  readonly hosts: Readonly<
    Record<string, { fqdn: string; address: string; ports: Record<string, number>; admin?: { password: string } }>
  >
  readonly dns: { readonly public: string; readonly internal: string }
  readonly users: readonly { id: string; password: string; line: string; device: string; jid: string }[]
  readonly enter: string | null
}

export interface RunningLab {
  readonly line: LabLine
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** The program and words of `mra <words>`. */
export function mraCommand(...words: readonly string[]): [string, ...string[]] {
  return [process.execPath, '--no-warnings', main, ...words]
}

/** Starts `mra lab --json` as anybody would, and reads its line. */
export async function startLabCommand(...options: string[]): Promise<RunningLab> {
  const [program, ...words] = mraCommand('lab', '--json', ...options)
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let complaints = ''
  child.stdout.on('data', (text: Buffer) => (printed += text.toString()))
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))
  try {
    await waitFor('the line of mra lab --json', () => hasEnded(child, complaints) || printed.includes('\n'), {
      limitMs: 20_000,
      lastSeen: () => complaints,
    })
    return { line: JSON.parse(printed) as LabLine, stop: () => stop(child) }
  } catch (error) {
    await stop(child)
    throw error
  }
}

function hasEnded(child: ChildProcess, complaints: string): false {
  if (child.exitCode !== null) throw new Error(`mra lab ended with ${child.exitCode}: ${complaints}`)
  return false
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
