import type { DnsRecord } from '../dns/start.ts'
import type { HostRole } from '../topology/topology.ts'
import type { PlanFacts } from './plan-facts.ts'
import { federationRecords, partnerDomains, partnerImAndPresence } from './federation.ts'
import { addressOf, fqdnOf, namesOfRole, reachedAt } from './plan-facts.ts'
import { deviceAddresses, domainOf, partnerDevices, partnerServices } from './sip-devices.ts'
import { imAndPresence, unifiedCm } from './unified-cm-configuration.ts'
import { vcsClusters } from './vcs-clusters.ts'
import { control, expressway } from './vcs-configuration.ts'
import { webHost } from './web-host-configuration.ts'
import { cloudDomain, cloudRecords, webexCloud } from './webex-cloud.ts'

/** The healthy product configuration of one host, as the guide would have it typed in. */
export function configurationOf(role: HostRole, name: string, facts: PlanFacts): unknown {
  switch (role) {
    case 'public-dns':
      return publicDns(facts)
    case 'internal-dns':
      return internalDns(facts)
    case 'ntp':
      return ntp(facts)
    case 'cucm':
      return unifiedCm(name, facts)
    case 'imp':
      return imAndPresence(name, facts)
    case 'partner-imp':
      return partnerImAndPresence(name, facts)
    case 'unity':
      return unityConnection(facts)
    case 'web-host':
      return webHost(name, facts)
    case 'webex':
      return webexCloud(name, facts)
    case 'expressway':
      return expressway(name, facts)
    case 'control':
      return control(name, facts)
    default:
      return role satisfies never
  }
}

/** The records of the guide's public DNS table, and the public NTP server as `ntp.<domain>`. */
function publicDns(facts: PlanFacts): unknown {
  const { topology } = facts
  const edges = namesOfRole(topology, 'expressway')
  return {
    zones: [
      topology.domain,
      cloudDomain,
      ...new Set([...partnerDevices(topology).map(domainOf), ...partnerDomains(topology)]),
    ],
    records: [
      ...cloudRecords(facts),
      ...partnerServices(topology),
      ...deviceAddresses(partnerDevices(topology), facts),
      ...federationRecords(facts),
      ...edges.map((name) => service(`_collab-edge._tls.${topology.domain}`, 8443, fqdnOf(name, topology))),
      ...edges.map((name) => service(`_sips._tcp.${topology.domain}`, 5061, fqdnOf(name, topology))),
      ...edges.map((name) => address(name, facts)),
      ...namesOfRole(topology, 'ntp')
        .filter((name) => topology.hosts[name]!.place === 'internet')
        .map((name) => ({ ...address(name, facts), name: `ntp.${topology.domain}` })),
    ],
  }
}

/** The guide's internal table: cisco-uds and cuplogin resolve inside only. */
function internalDns(facts: PlanFacts): unknown {
  const { topology } = facts
  const named = (role: HostRole) => namesOfRole(topology, role).map((name) => fqdnOf(name, topology))
  return {
    zones: [topology.domain, cloudDomain, ...partnerDomains(topology)],
    records: [
      ...cloudRecords(facts),
      ...named('cucm').map((target) => service(`_cisco-uds._tcp.${topology.domain}`, 8443, target)),
      ...federationRecords(facts).filter(({ name }) => !name.endsWith(topology.domain)),
      ...named('imp').map((target) => service(`_cuplogin._tcp.${topology.domain}`, 8443, target)),
      ...Object.keys(topology.hosts)
        .filter((name) => topology.hosts[name]!.place !== 'internet')
        .map((name) => address(name, facts)),
      ...clusterNames(facts),
      ...deviceAddresses(
        topology.devices.filter(({ place }) => place === 'inside'),
        facts,
      ),
    ],
  }
}

/** A cluster of VCSs by its name: the address of each peer. */
function clusterNames(facts: PlanFacts): DnsRecord[] {
  return vcsClusters(facts.topology).flatMap(({ name, peers }) =>
    peers.map((peer): DnsRecord => ({ name, type: 'A', address: addressOf(peer, facts) })),
  )
}

function service(name: string, port: number, target: string): DnsRecord {
  return { name, type: 'SRV', priority: 10, weight: 10, port, target }
}

function address(name: string, facts: PlanFacts): DnsRecord {
  return { name: fqdnOf(name, facts.topology), type: 'A', address: reachedAt(name, facts) }
}

/** What a VCS may prove itself with: key 1. */
function ntp({ secrets }: PlanFacts): unknown {
  return { stratum: 2, keys: [{ id: 1, type: 'SHA1', key: secrets.ntpKey }] }
}

function unityConnection({ topology, secrets }: PlanFacts): unknown {
  return {
    mailboxes: topology.users
      .filter((user) => user.client === 'jabber')
      .map((user) => ({
        alias: user.id,
        password: secrets.passwords[user.id],
        displayName: user.name,
        extension: user.line,
        messages: [
          { from: { name: 'Carol', number: '1003' }, subject: 'Message from 1003', ageMinutes: 5 },
          {
            from: { name: 'Outside', number: '5550100' },
            subject: 'Message from 5550100',
            isRead: true,
            ageMinutes: 90,
          },
        ],
      })),
  }
}
