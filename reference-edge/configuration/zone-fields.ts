import type { Fields } from './field.ts'
import { choice, isHostOrAddress, onOff, port, text } from './field.ts'

export const ZoneType = {
  neighbor: 'Neighbor',
  traversalClient: 'Traversal client',
  traversalServer: 'Traversal server',
  dns: 'DNS',
} as const
export type ZoneType = (typeof ZoneType)[keyof typeof ZoneType]

const authenticationPolicies = ['Do not check credentials', 'Check credentials', 'Treat as authenticated'] as const
const zoneProfiles = ['Default', 'Cisco Unified Communications Manager', 'Microsoft Lync B2BUA'] as const

const traversalTypes = [ZoneType.traversalClient, ZoneType.traversalServer]
/** Fields are shown and checked for the types of zones that have them. */
export const ofTraversal = { field: 'type', is: traversalTypes } as const
const ofNeighbor = { field: 'type', is: [ZoneType.neighbor] } as const
const ofConnected = { field: 'type', is: [...traversalTypes, ZoneType.neighbor] } as const
const withPeers = { field: 'type', is: [ZoneType.traversalClient, ZoneType.neighbor] } as const

const onlyUc = (asked: string) => ({ required: `The Unified Communications zone's ${asked}` })

/** Fields of zones of all types, in the order of the guide's table. */
export const sipFields = {
  h323Mode: onOff('H.323 Mode', 'On', {
    section: 'H.323',
    when: ofConnected,
    help:
      'This VCS has no H.323, and nothing listens for it whatever stands here. A neighbor zone with H.323 Mode On and ' +
      'SIP Mode Off is a simulated gateway: SIP messages to its peer, calls counted as H.323',
    requiredValue: ['Off'],
    ...onlyUc('H.323 Mode is not Off'),
  }),
  sipMode: onOff('SIP Mode', 'On', {
    section: 'SIP',
    help: 'Off: the zone is down; the VCS Expressway does not listen, the VCS Control does not connect',
    requiredValue: ['On'],
    ...onlyUc('SIP Mode is not On'),
  }),
  port: port('Port', {
    section: 'SIP',
    initial: 7001,
    when: ofConnected,
    help:
      'Traversal zone: the same at both ends, 7001 for the first zone, 7002 for the next. Neighbor: SIP port of its ' +
      'peers, for a trunk to Unified CM another one than 5060 and 5061',
  }),
  transport: choice('Transport', ['TLS', 'TCP'], {
    section: 'SIP',
    when: ofConnected,
    help: 'TCP is for zones without Unified Communications services; those services do not go over it',
    requiredValue: ['TLS'],
    ...onlyUc('Transport is not TLS'),
  }),
  ucServices: choice('Unified Communications services', ['No', 'Yes'], {
    section: 'SIP',
    when: ofTraversal,
    needsMode: true,
    help: 'Yes at both ends of one zone, and of one zone only: of several the first serves',
  }),
  tlsVerifyMode: onOff('TLS verify mode', 'Off', {
    section: 'SIP',
    when: { field: 'transport', is: ['TLS'] },
    help: 'Off: this VCS takes any certificate of the other one, whatever its CA, its names and its dates',
    requiredValue: ['On'],
    ...onlyUc('TLS verify mode is not On'),
  }),
} satisfies Fields

export const mediaEncryption = choice(
  'Media encryption mode',
  ['Auto', 'Force encrypted', 'Force unencrypted', 'Best effort'],
  {
    section: 'SIP',
    help: 'For the legs through this zone; the B2BUA of the VCS Control does it, the VCS Expressway relays media as they are',
    requiredValue: ['Force encrypted'],
    ...onlyUc('Media encryption mode is not Force encrypted'),
  },
)

export const authenticationPolicy = choice('Authentication policy', authenticationPolicies, {
  section: 'Authentication',
  when: ofConnected,
  requiredValue: ['Do not check credentials'],
  ...onlyUc('Authentication policy is not Do not check credentials'),
})

export const zoneProfile = choice('Zone profile', zoneProfiles, {
  section: 'Advanced',
  when: ofNeighbor,
  help: 'Microsoft Lync B2BUA: calls of this zone are counted as Lync B2BUA calls',
})

const helpOfFirst = 'FQDN of the VCS Expressway or of the neighbor; an IP address has to stand in its certificate'
const helpOfOthers =
  'Peers 2 to 6: FQDNs of the other peers of a cluster. Traversal zone: each listed peer is connected to. ' +
  'Neighbor: used while those before it do not answer'

const peer = (number: number) =>
  text(`Peer ${number} address`, {
    section: 'Location',
    when: withPeers,
    check: isHostOrAddress,
    isMandatory: number === 1,
    ...(number > 2 ? {} : { help: number === 1 ? helpOfFirst : helpOfOthers }),
  })

export const peers = {
  peer1: peer(1),
  peer2: peer(2),
  peer3: peer(3),
  peer4: peer(4),
  peer5: peer(5),
  peer6: peer(6),
}

/** Peer addresses that are filled in, in their order. */
export function peersOf(zone: Readonly<Record<keyof typeof peers, string>>): string[] {
  return [zone.peer1, zone.peer2, zone.peer3, zone.peer4, zone.peer5, zone.peer6].filter((each) => each !== '')
}
