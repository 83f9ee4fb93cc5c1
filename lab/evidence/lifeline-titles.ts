import type { HostRole, Topology } from '../topology/topology.ts'

const products: Record<HostRole, string> = {
  'public-dns': 'public DNS',
  'internal-dns': 'internal DNS',
  ntp: 'NTP server',
  cucm: 'Unified CM',
  imp: 'IM and Presence',
  unity: 'Unity Connection',
  'web-host': 'web server',
  expressway: 'VCS Expressway',
  control: 'VCS Control',
}

const clients: Record<Topology['users'][number]['client'], string> = {
  jabber: 'Jabber',
  tc: 'TC endpoint',
  phone: 'desk phone',
}

/** What each host and client of a deployment is, by its name in the ladder: `vcsc1` → `VCS Control`. */
export function lifelineTitles({ hosts, users }: Topology): Record<string, string> {
  return Object.fromEntries([
    ...Object.entries(hosts).map(([name, { role }]) => [name, products[role]]),
    ...users.map(({ id, client }) => [id, clients[client]]),
  ])
}
