import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ProgramResult {
  /** Exit code; null where the limit ended the program. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly limitMs?: number
  /** Leave standard input open and empty: `openssl s_client` then ends only when the other side closes. */
  readonly keepsInputOpen?: boolean
}

/** Runs a program to its end, or ends it at the limit. */
export function run(program: string, words: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  const child = spawn(program, words, {
    stdio: [options.keepsInputOpen === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    timeout: options.limitMs ?? 8_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, LC_ALL: 'C' },
  })
  const [stdout, stderr] = [child.stdout!, child.stderr!].map((stream) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    return () => Buffer.concat(chunks).toString('utf8')
  }) as [() => string, () => string]
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }))
  })
}

/** A file beside the tests. */
export function besideTests(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/**
 * What this machine lacks for `what`, told on standard error: for `test.skipIf`. A need is a program's name or a command
 * that ends with 0 where all is there.
 */
export function lacks(what: string, needs: readonly string[]): boolean {
  const missing = needs.filter((need) => {
    const command = need.includes(' ') ? need : `command -v ${need}`
    return spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status !== 0
  })
  if (missing.length > 0) process.stderr.write(`${what}: skipped, this machine lacks ${missing.join(', ')}\n`)
  return missing.length > 0
}
