import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ManagementClient } from '#runtime/management.ts'
import { connectManagement } from '#runtime/management.ts'
import { openTemporaryFolder } from '../temporary-folders.ts'
import type { ClientUser } from '../topology/topology.ts'
import type { Child } from './child.ts'
import { startChild } from './child.ts'

export type ClientKind = ClientUser['client']

/** One warm process for each kind of client, many users each; it outlives the labs it serves. */
export interface EndpointProcesses extends AsyncDisposable {
  of(kind: ClientKind): Promise<ManagementClient>
  pid(kind: ClientKind): number | undefined
  /** Of the processes that run. */
  pids(): number[]
  stop(): Promise<void>
}

interface Running {
  readonly child: Child
  readonly management: ManagementClient
}

const mains: Record<ClientKind, string> = {
  jabber: fileURLToPath(new URL('../../simulators/jabber/main.ts', import.meta.url)),
  tc: fileURLToPath(new URL('../../simulators/tc/main.ts', import.meta.url)),
  'sip-device': fileURLToPath(new URL('../../simulators/sip-device/main.ts', import.meta.url)),
  phone: fileURLToPath(new URL('../../simulators/phone/main.ts', import.meta.url)),
}

/** Starts no process before it is asked for; `warm` names those to start at once. */
export function openEndpointProcesses(warm: readonly ClientKind[] = []): EndpointProcesses {
  const folder = openTemporaryFolder('endpoints')
  const running = new Map<ClientKind, Promise<Running>>()
  const started = new Map<ClientKind, Child>()
  const start = async (kind: ClientKind): Promise<Running> => {
    const child = await startChild(`${kind} process`, mains[kind], join(folder, `${kind}.sock`))
    started.set(kind, child)
    return { child, management: await connectManagement(child.socket) }
  }
  const of = async (kind: ClientKind) => {
    let entry = running.get(kind)
    const isGone = started.get(kind)?.isRunning() === false
    if (entry === undefined || isGone) {
      entry = start(kind)
      running.set(kind, entry)
      // A failure reaches whoever asks; here it only must not count as unhandled.
      entry.catch(() => running.delete(kind))
    }
    return (await entry).management
  }
  for (const kind of warm) void of(kind).catch(() => {})
  const stop = async () => {
    const all = await Promise.allSettled(running.values())
    running.clear()
    await Promise.all(
      all.map(async (result) => {
        if (result.status === 'rejected') return
        await result.value.management.close()
        await result.value.child.end()
      }),
    )
    rmSync(folder, { recursive: true, force: true })
  }
  const pids = () => [...started.values()].flatMap((child) => (child.isRunning() ? [child.pid] : []))
  return { of, pid: (kind) => started.get(kind)?.pid, pids, stop, [Symbol.asyncDispose]: stop }
}
