import { spawn } from 'node:child_process'
import { isInPrivateFabric } from './private.ts'

/** The kernel or the machine has no firewall to offer. */
export class FirewallUnavailable extends Error {
  readonly code = 'MRA_NO_FIREWALL'
}

/** Throws `FirewallUnavailable` outside a private fabric: the machine's own tables are never touched. */
export function requirePrivateFabric(): void {
  if (!isInPrivateFabric()) throw new FirewallUnavailable('firewall rules are only made inside a private fabric')
}

/** Puts rules into force, all of the text or nothing. */
export async function applyRules(lines: readonly string[]): Promise<void> {
  await runTool('nft', ['-f', '-'], [...lines, ''].join('\n'))
}

/** `table inet mra_ports`: gone, whether it was there or not. */
export async function removeTable(table: string): Promise<void> {
  // Declared first so that deleting it is no error.
  await applyRules([`table ${table}`, `delete table ${table}`])
}

/** Ends TCP connections at both ends; `filter` is in the words of `ss`, and none are all connections. */
export async function cutConnections(filter: readonly string[] = []): Promise<void> {
  await runTool('ss', ['--kill', '--tcp', '--no-header', '--numeric', 'state', 'connected', ...filter])
}

/** Output of `nft` or `ss`; rejects with what it said on its standard error. */
export function runTool(program: string, words: readonly string[], input = ''): Promise<string> {
  // nft is no program of an ordinary user's search path.
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const child = spawn(program, words, { stdio: 'pipe', env: { ...process.env, PATH: path } })
  const [output, problems]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (piece: Buffer) => output.push(piece))
  child.stderr.on('data', (piece: Buffer) => problems.push(piece))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new FirewallUnavailable(`${program} cannot be run: ${cause.message}`, { cause })),
    )
    child.once('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(output).toString())
      reject(new FirewallUnavailable(`${program} ${words.join(' ')}: ${Buffer.concat(problems).toString().trim()}`))
    })
  })
}
