import { fileURLToPath } from 'node:url'
import { canMakeNamespaces, enterCommand, isInPrivateFabric, runInPrivateFabric } from '#lab/fabric/private.ts'
import { mayBindLowPorts } from '#runtime/port-probe.ts'

/** The checkout's own folder for keys, certificates and state between runs. */
export const stateFolder = fileURLToPath(new URL('../.mra/', import.meta.url))
export const pkiFolder = `${stateFolder}pki`

/** Clients' settings where people watch: with its first call the TC endpoint starts its WebRTC audio engine. */
export const webrtcRoom = { boardroom: { settings: { audioEngine: 'auto' } } }

/** A JSON-free line for people; standard output belongs to results. */
export function say(text: string): void {
  process.stdout.write(text + '\n')
}

/** Resolves on SIGINT or SIGTERM. */
export function interrupted(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}

/** Why a topology with static NAT runs in a private fabric. */
export const firewallNeedsIt = 'its firewall translates addresses'

/**
 * Runs `act` here where the guide's ports can be bound, else once more inside a private namespace. The guide's port
 * numbers are never shifted.
 */
export async function onUsableFabric(
  wanted: 'loopback' | 'private',
  act: (enter: string | null) => Promise<number>,
  /** Why it is a private one. */
  why = 'as asked for',
): Promise<void> {
  if (isInPrivateFabric()) {
    process.exitCode = await act(enterCommand(process.pid))
    return
  }
  if (wanted === 'loopback' && (await mayBindLowPorts('127.60.0.1'))) {
    process.exitCode = await act(null)
    return
  }
  if (!canMakeNamespaces()) {
    throw new Error(
      'ports 53 and 443 cannot be bound, or a private fabric was asked for, and no private network namespace ' +
        'can be made; run as root, set net.ipv4.ip_unprivileged_port_start=0, or allow unprivileged user namespaces',
    )
  }
  const reason = wanted === 'private' ? why : 'ports below 1024 cannot be bound here'
  process.stderr.write(`running inside a private network namespace: ${reason}\n`)
  process.exitCode = await runInPrivateFabric()
}

/** `text` cut or padded to `width` columns. */
export function column(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)
}

export const isColourful = process.stdout.isTTY && process.env['NO_COLOR'] === undefined

export function mark(passed: boolean): string {
  const text = passed ? 'ok  ' : 'FAIL'
  if (!isColourful) return text
  return passed ? `\u001b[32m${text}\u001b[0m` : `\u001b[31m${text}\u001b[0m`
}
