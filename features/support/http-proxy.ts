import type { RawConnection } from '#lab/self-test/raw-client.ts'
import { openTls } from '#lab/self-test/raw-client.ts'
import { waitFor } from '#runtime/wait.ts'
import type { LabWorld } from './world.ts'

/** What somebody outside gets from the HTTP proxy of the Expressway: a status, or neither answer nor end. */
export type ProxyReaction = number | 'silence' | 'closed'

/** Real time in which a listener on the same machine would long have answered. */
const patienceMs = 400

export async function openHttpProxy(world: LabWorld, from: string): Promise<RawConnection> {
  const [host] = (await world.lab()).plan('vcse1').specification.addresses
  return openTls({ host: host!, port: 8443, from, limitMs: patienceMs })
}

/** Opens a connection from an address, sends the request and waits for an answer. */
export async function askHttpProxy(world: LabWorld, from: string, request: string): Promise<ProxyReaction> {
  const connection = await openHttpProxy(world, from).catch((error: Error) => error)
  if (connection instanceof Error) return connection.message.includes('within') ? 'silence' : 'closed'
  try {
    return await askOn(connection, request)
  } finally {
    connection.destroy()
  }
}

/** The same on a connection that is open. */
export async function askOn(connection: RawConnection, request: string): Promise<ProxyReaction> {
  connection.write(request)
  const isOver = () => connection.isClosed || /\r\n\r\n/.test(connection.text)
  await waitFor('an answer', isOver, { limitMs: patienceMs, everyMs: 2 }).catch(() => {})
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(connection.text) ?? []
  if (status !== undefined) return Number(status)
  return connection.isClosed ? 'closed' : 'silence'
}

/** get_edge_config with `user:password`, or without credentials, which is answered with a challenge. */
export function edgeConfigRequest(domain: string, credentials?: string): string {
  const path = `/${Buffer.from(domain).toString('base64')}/get_edge_config?service_name=_cisco-uds`
  const basic = credentials === undefined ? [] : [`Authorization: Basic ${Buffer.from(credentials).toString('base64')}`]
  return [`GET ${path} HTTP/1.1`, `Host: vcse1.${domain}`, ...basic, '', ''].join('\r\n')
}
