import type { PortEnd, PortParty, PortRow, UnlistedFlow } from '#guide/ports.ts'
import { portRows, unlistedFlows } from '#guide/ports.ts'
import type { FirewallPlace, Flow, FlowEnd } from '../fabric/firewall.ts'
import type { Lab } from '../lab.ts'
import type { HostRole, Place } from '../topology/topology.ts'

interface HostsOfParty {
  readonly role: HostRole
  readonly place?: Place
}

const hosts: Partial<Record<PortParty, HostsOfParty>> = {
  'VCS Control': { role: 'control' },
  'VCS Expressway': { role: 'expressway' },
  'Unified CM': { role: 'cucm' },
  'IM and Presence': { role: 'imp' },
  'Unity Connection': { role: 'unity' },
  'inside web server': { role: 'web-host' },
  'inside DNS server': { role: 'internal-dns' },
  'public DNS server': { role: 'public-dns' },
  'inside NTP server': { role: 'ntp', place: 'inside' },
  'public NTP server': { role: 'ntp', place: 'internet' },
}

/** Everybody at a place may be one of these. */
const networks: Partial<Record<PortParty, Place>> = {
  'internet endpoint': 'internet',
  'internet admin': 'internet',
  'inside admin': 'inside',
}

/** Where a party of the port reference is in this lab: addresses and networks. */
export function addressesOf(lab: Lab, party: PortParty): string[] {
  const network = networks[party]
  if (network !== undefined) return [lab.fabric.network(network)]
  if (party === 'inside endpoint') {
    return lab
      .endpoints()
      .filter(({ user }) => user.place === 'inside')
      .flatMap(({ specification }) => specification.addresses)
  }
  const wanted = hosts[party]!
  return Object.entries(lab.topology.hosts)
    .filter(([, { role, place }]) => role === wanted.role && place === (wanted.place ?? place))
    .flatMap(([name]) => lab.plan(name).specification.addresses)
}

/** The firewall rule of a row, or of a flow the guide does not list. */
export function flowOf(lab: Lab, { id, protocol, from, to }: PortRow | UnlistedFlow): Flow {
  const end = ({ party, ports }: PortEnd): FlowEnd => ({
    at: addressesOf(lab, party),
    ports: ports === 'ephemeral' ? undefined : ports,
  })
  return { id, transport: protocol === 'UDP' ? 'udp' : 'tcp', from: end(from), to: end(to) }
}

/** Everything the guide's tables and the unlisted flows let pass, as far as this lab has somebody at both ends. */
export function allFlows(lab: Lab): Flow[] {
  return [...portRows, ...unlistedFlows]
    .map((row) => flowOf(lab, row))
    .filter(({ from, to }) => from.at.length > 0 && to.at.length > 0)
}

/** What is closed with a row: itself, and answers to its datagrams. */
export function flowsOfRow(lab: Lab, row: PortRow): Flow[] {
  return [row, ...unlistedFlows.filter(({ answers }) => answers === row.id)].map((flow) => flowOf(lab, flow))
}

/** Firewalls stand between the places, and around both VCSs. */
export function firewallPlace(lab: Lab, answer: FirewallPlace['answer']): FirewallPlace {
  const { fabric } = lab
  return {
    governed: `127.${fabric.lab}.0.0/16`,
    open: [fabric.network('internet'), fabric.network('inside')],
    guarded: [...addressesOf(lab, 'VCS Control'), ...addressesOf(lab, 'VCS Expressway')],
    answer,
  }
}
