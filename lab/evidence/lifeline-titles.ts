import type { ClientUser, HostRole, Topology } from '../topology/topology.ts'
import { clientUsers } from '../topology/topology.ts'

const products: Record<HostRole, string> = {
  'public-dns': 'public DNS',
  'internal-dns': 'internal DNS',
  ntp: 'NTP server',
  cucm: 'Unified CM',
  imp: 'IM and Presence',
  'partner-imp': 'IM and Presence of a partner',
  unity: 'Unity Connection',
  'web-host': 'web server',
  webex: 'WebEx cloud',
  expressway: 'VCS Expressway',
  control: 'VCS Control',
}

const clients: Record<ClientUser['client'], string> = {
  jabber: 'Jabber',
  tc: 'TC endpoint',
  phone: 'desk phone',
  'sip-device': 'SIP device',
}

/** What each host and client of a deployment is, by its name in the ladder: `vcsc1` → `VCS Control`. */
export function lifelineTitles(topology: Topology): Record<string, string> {
  return Object.fromEntries([
    ...Object.entries(topology.hosts).map(([name, { role }]) => [name, products[role]]),
    ...clientUsers(topology).map(({ id, client }) => [id, clients[client]]),
  ])
}
