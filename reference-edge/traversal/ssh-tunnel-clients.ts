import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { AlarmId } from '../alarms/alarm-catalogue.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { SshTunnelClient, SshTunnelClientOptions, TunnelClientStatus, TunnelTarget } from './ssh-tunnel-client.ts'
import { startSshTunnelClient } from './ssh-tunnel-client.ts'

export interface SshTunnelClientsOptions extends Omit<SshTunnelClientOptions, 'target'> {
  /** Peer addresses of the traversal zone. */
  readonly peers: () => readonly string[]
  /** Undefined until the provisioning exchange with that peer told it. Call `refresh` when either has changed. */
  readonly target: (peer: string) => TunnelTarget | undefined
}

export interface SshTunnelClients extends Service {
  /** In the order of the peers; one that waits where there is no peer. */
  status(): TunnelClientStatus[]
  /** Ends the tunnels to peers that are gone, tries the others now. */
  refresh(): void
}

/** The Control's tunnels: one to each Expressway, each on its own. An alarm is raised while any of them has cause. */
export function startSshTunnelClients(options: SshTunnelClientsOptions): SshTunnelClients {
  const { peers, target, alarms, ...common } = options
  const tunnels = new Map<string, SshTunnelClient & { readonly panel: AlarmPanel }>()
  const raised = new Map<AlarmId, Set<AlarmPanel>>()
  let isStopped = false

  function panelOf(): AlarmPanel {
    const panel: AlarmPanel = {
      set(id, isRaised) {
        const by = raised.get(id) ?? new Set()
        raised.set(id, by)
        if (isRaised) by.add(panel)
        else by.delete(panel)
        alarms?.set(id, by.size > 0)
      },
    }
    return panel
  }
  async function end(peer: string): Promise<void> {
    const tunnel = tunnels.get(peer)
    tunnels.delete(peer)
    await tunnel?.stop()
    for (const id of raised.keys()) tunnel?.panel.set(id, false)
  }
  function refresh(): void {
    if (isStopped) return
    const wanted = peers()
    for (const peer of tunnels.keys()) if (!wanted.includes(peer)) void end(peer)
    for (const peer of wanted) {
      const known = tunnels.get(peer)
      if (known !== undefined) {
        known.retry()
        continue
      }
      const panel = panelOf()
      const tunnel = startSshTunnelClient({ ...common, alarms: panel, target: () => target(peer) })
      tunnels.set(peer, { ...tunnel, panel })
    }
  }
  refresh()
  const stopping = service('SSH tunnels', async () => {
    isStopped = true
    await Promise.all([...tunnels.keys()].map(end))
  })
  return {
    ...stopping,
    refresh,
    status() {
      const all = peers().flatMap((peer) => {
        const tunnel = tunnels.get(peer)
        return tunnel === undefined ? [] : [{ ...tunnel.status(), peer }]
      })
      return all.length === 0 ? [waiting] : all
    },
  }
}

const waiting: TunnelClientStatus = { state: 'Waiting for traversal server info', peer: '', channels: 0 }
