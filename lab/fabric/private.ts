import { spawn, spawnSync } from 'node:child_process'

/** Set in the environment of a process that already runs inside its private namespace. */
const marker = 'MRA_PRIVATE_FABRIC'

export function isInPrivateFabric(): boolean {
  return process.env[marker] === '1'
}

/** How to run a program inside the namespace of process `pid`. */
export function enterCommand(pid: number): string {
  return `nsenter --target ${pid} --user --net --preserve-credentials`
}

export function canMakeNamespaces(): boolean {
  return spawnSync('unshare', ['--user', '--map-root-user', '--net', 'true']).status === 0
}

export interface PrivateRun {
  /** Of the command, behind the name of this program; those of this very process otherwise. */
  readonly words?: readonly string[]
  /** Its standard output is not shown. */
  readonly isQuiet?: boolean
}

/** Runs this program again inside a user and network namespace that has only `lo`; resolves with its exit code. */
export function runInPrivateFabric({
  words = process.argv.slice(1),
  isQuiet = false,
}: PrivateRun = {}): Promise<number> {
  const script = 'ip link set lo up && exec "$@"'
  const child = spawn(
    'unshare',
    ['--user', '--map-root-user', '--net', 'sh', '-c', script, 'sh', process.execPath, ...process.execArgv, ...words],
    { stdio: ['inherit', isQuiet ? 'ignore' : 'inherit', 'inherit'], env: { ...process.env, [marker]: '1' } },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}
