import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostSpecification, StartHost } from '#runtime/host.ts'
import { startHost } from '#runtime/host.ts'
import type { Management } from '#runtime/management.ts'
import { serveManagement } from '#runtime/management.ts'

type Methods = Record<string, (parameters: never) => Promise<unknown>>

const opened = v.looseObject({
  user: v.looseObject({ id: v.string() }),
  /** Faults of the endpoint itself, passed on to the user's configuration. */
  sabotage: v.optional(v.unknown()),
})

/**
 * Runs one process for many endpoints of a kind: `node main.ts <socket path>` serves management there, prints
 * `{"ready":true,"socket":…}` and ends when its standard input does. Every user has a host environment of its own.
 */
export async function runEndpoints(kind: string, start: StartHost): Promise<void> {
  const path = process.argv[2]
  if (path === undefined) {
    process.stderr.write('usage: main.ts <management socket>\n')
    process.exit(2)
  }
  const stopping = new AbortController()
  const endpoints = endpointProcess(kind, start, stopping.signal)
  const service = await serveManagement(path, kind, endpoints.management)
  // One user's library must not end the others' process.
  process.on('unhandledRejection', (reason) => {
    process.emitWarning(reason instanceof Error ? reason : new Error(String(reason)))
  })
  let isStopping = false
  const shutDown = async () => {
    if (isStopping) return
    isStopping = true
    stopping.abort()
    await service.stop()
    await endpoints.closeAll()
    // The libraries' transaction timers of 32 s would keep the process.
    process.exit(0)
  }
  process.once('SIGINT', () => void shutDown())
  process.once('SIGTERM', () => void shutDown())
  process.stdin.on('end', () => void shutDown()).resume()
  process.stdout.write(JSON.stringify({ ready: true, socket: path }) + '\n')
}

/** The users of a process and its management; methods of a user take `user`, the id it was opened with. */
export function endpointProcess(kind: string, start: StartHost, signal: AbortSignal) {
  const hosts = new Map<string, Host>()
  const close = async (id: string) => {
    const host = hosts.get(id)
    hosts.delete(id)
    await host?.stop()
  }
  const closeAll = async () => void (await Promise.all([...hosts.keys()].map(close)))
  const hostOf = (id: unknown) => {
    const host = hosts.get(String(id))
    if (host === undefined) throw new Error(`${kind} has no user ${String(id)}; it has ${[...hosts.keys()].join(', ')}`)
    return host
  }
  const management: Methods = {
    async open(parameters: { specification: HostSpecification }) {
      const { user, sabotage } = readConfiguration(`${kind} open`, opened, parameters)
      await close(user.id)
      const configuration = { ...user, ...(sabotage === undefined ? {} : { sabotage }) }
      const host = await startHost(start, parameters.specification, configuration, signal)
      hosts.set(user.id, host)
      for (const name of Object.keys(host.management)) management[name] ??= delegate(name)
      return { user: user.id }
    },
    async close({ user }: { user: string }) {
      await close(user)
    },
    closeAll,
    async users() {
      return [...hosts.keys()]
    },
    async flush({ user }: { user?: string }) {
      const flushed = user === undefined ? [...hosts.values()] : [hostOf(user)]
      for (const host of flushed) await host.management['flush']?.({} as never)
    },
  }
  const delegate = (name: string) => async (parameters: { user?: string }) => {
    const method = hostOf(parameters.user).management[name]
    if (method === undefined) throw new Error(`${kind} ${parameters.user} has no method ${name}`)
    return method(parameters as never)
  }
  return { management: management as Management, closeAll }
}
