/**
 * The guide's "Unified Communications port reference" as data, with what the solution needs besides. Entered
 * independently of the product: the edge never reads this file.
 */

/** Who sends or listens, in the guide's words where it has one. */
export type PortParty =
  | 'VCS Control'
  | 'VCS Expressway'
  | 'internet endpoint'
  | 'internet admin'
  | 'Unified CM'
  | 'IM and Presence'
  | 'Unity Connection'
  | 'inside web server'
  | 'inside endpoint'
  | 'inside admin'
  | 'inside DNS server'
  | 'public DNS server'
  | 'inside NTP server'
  | 'public NTP server'

export type PortZone = 'internet' | 'DMZ' | 'inside'

/** First and last port. */
export type PortRange = readonly [first: number, last: number]

export interface PortEnd {
  readonly zone: PortZone
  readonly party: PortParty
  /** `ephemeral`: whatever the operating system gives. */
  readonly ports: PortRange | 'ephemeral'
}

/** Something that works or does not, as the one who uses it sees it. */
export type PortFunction =
  | 'traversal zone'
  | 'SSH tunnel'
  | 'XCP to Expressway'
  | 'XCP to IM&P'
  | 'IM&P status'
  | 'Unified CM zone'
  | 'sign-in'
  | 'configuration file'
  | 'directory'
  | 'voicemail'
  | 'chat'
  | 'registration'
  | 'call'
  | 'inside hears'
  | 'outside hears'
  | 'outside to outside'
  | 'call to a lost client'
  | 'admin page'

export interface PortRow {
  /** Of the register (`register.yaml`). */
  readonly id: string
  readonly from: PortEnd
  readonly to: PortEnd
  readonly protocol: 'TCP' | 'TLS' | 'UDP'
  readonly purpose: string
  /** The footnote about the media range belongs to this row. */
  readonly hasFootnote?: boolean
  /** What is lost where only this row is closed: ours, the guide's tables do not say it. */
  readonly dies: string
  /** The same as what can be observed; everything else has to go on working. */
  readonly kills: readonly PortFunction[]
  /** Rows of media: what the parties of a call that is up lose when the row is closed under them. */
  readonly killsInCall?: readonly PortFunction[]
}

/** A flow that no table of the guide lists and that the solution needs all the same. */
export interface UnlistedFlow {
  readonly id: string
  readonly from: PortEnd
  readonly to: PortEnd
  readonly protocol: PortRow['protocol']
  readonly purpose: string
  /** The row whose datagrams these answer: a firewall with state lets them pass with it and closes them with it. */
  readonly answers?: string
}

const sipSource = [25_000, 29_999] as const
/** From 36002: the first two ports carry multiplexed traffic only. */
const media = [36_002, 59_999] as const
const multiplexed = [36_000, 36_001] as const
const unprivileged = [1_024, 65_535] as const

const audio = ['inside hears', 'outside hears', 'outside to outside'] as const
/** Of an endpoint outside as it calls. */
const line = ['registration', 'call', ...audio] as const
const phone = [...line, 'call to a lost client'] as const
const clients = ['sign-in', 'configuration file', 'directory', 'voicemail', 'chat', ...phone] as const

const control = (ports: PortEnd['ports']): PortEnd => ({ zone: 'inside', party: 'VCS Control', ports })
const expressway = (ports: PortEnd['ports']): PortEnd => ({ zone: 'DMZ', party: 'VCS Expressway', ports })
const endpoint = (ports: PortEnd['ports']): PortEnd => ({ zone: 'internet', party: 'internet endpoint', ports })
const inside = (party: PortParty, ports: PortEnd['ports']): PortEnd => ({ zone: 'inside', party, ports })
const only = (port: number): PortRange => [port, port]

/** The rows of the guide's four tables, in its order; a row of two protocols is two. */
export const portRows: readonly PortRow[] = [
  {
    id: 'PORT-CE-01',
    from: control('ephemeral'),
    to: expressway(only(7400)),
    protocol: 'TCP',
    purpose: 'XMPP (IM and Presence)',
    dies: 'IM and presence outside; calls, directory, voicemail live',
    kills: ['XCP to Expressway', 'chat'],
  },
  {
    id: 'PORT-CE-02',
    from: control('ephemeral'),
    to: expressway(only(2222)),
    protocol: 'TCP',
    purpose: 'SSH (HTTP/S tunnels)',
    dies: 'all HTTPS services: sign-in, provisioning, directory, voicemail; the zone stays Active',
    kills: ['SSH tunnel', ...clients],
  },
  {
    id: 'PORT-CE-03',
    from: control(sipSource),
    to: expressway(only(7001)),
    protocol: 'TLS',
    purpose: 'traversal zone SIP signaling',
    dies: 'registration and all calls; zone Failed, IM and Presence shows Inactive',
    kills: ['traversal zone', 'IM&P status', ...phone],
  },
  {
    id: 'PORT-CE-04',
    from: control(media),
    to: expressway(multiplexed),
    protocol: 'UDP',
    purpose: 'traversal zone SIP media',
    hasFootnote: true,
    dies: 'calls connect, no audio or video either way',
    kills: audio,
    killsInCall: ['inside hears', 'outside hears'],
  },
  {
    id: 'PORT-EO-01',
    from: expressway(media),
    to: endpoint(unprivileged),
    protocol: 'UDP',
    purpose: 'SIP media',
    hasFootnote: true,
    dies: 'the outside party hears and sees nothing (a firewall without state)',
    kills: ['outside hears', 'outside to outside'],
    killsInCall: ['outside hears'],
  },
  {
    id: 'PORT-EO-02',
    from: expressway(sipSource),
    to: endpoint(unprivileged),
    protocol: 'TLS',
    purpose: 'SIP signaling',
    dies: 'calls to a client that has lost its connection and listens itself; what has a connection lives',
    kills: ['call to a lost client'],
  },
  {
    id: 'PORT-IN-01',
    from: endpoint(unprivileged),
    to: expressway(only(5222)),
    protocol: 'TCP',
    purpose: 'XMPP (IM and Presence)',
    dies: 'IM and presence outside',
    kills: ['chat'],
  },
  {
    id: 'PORT-IN-02',
    from: endpoint(unprivileged),
    to: expressway(only(8443)),
    protocol: 'TCP',
    purpose: 'HTTP proxy (UDS)',
    dies: 'sign-in at all: edge configuration, authentication, directory, provisioning, voicemail',
    kills: clients,
  },
  {
    id: 'PORT-IN-03',
    from: endpoint(unprivileged),
    to: expressway(media),
    protocol: 'UDP',
    purpose: 'media',
    hasFootnote: true,
    dies: 'the inside party hears nothing; in a new call nor does the outside party, who is answered where heard from',
    kills: audio,
    killsInCall: ['inside hears'],
  },
  {
    id: 'PORT-IN-04',
    from: endpoint(unprivileged),
    to: expressway(only(5061)),
    protocol: 'TLS',
    purpose: 'SIP signaling',
    dies: 'phone service: registration and calls; IM lives',
    kills: phone,
  },
  {
    id: 'PORT-IN-05',
    from: { zone: 'internet', party: 'internet admin', ports: unprivileged },
    to: expressway(only(443)),
    protocol: 'TCP',
    purpose: 'HTTPS (administrative access)',
    dies: 'no function of a client; web administration from the internet only',
    kills: ['admin page'],
  },
  {
    id: 'PORT-CU-01',
    from: control('ephemeral'),
    to: inside('IM and Presence', only(7400)),
    protocol: 'TCP',
    purpose: 'XMPP (IM and Presence)',
    dies: 'IM and presence outside',
    kills: ['XCP to IM&P', 'chat'],
  },
  {
    id: 'PORT-CU-02',
    from: control('ephemeral'),
    to: inside('Unified CM', only(8443)),
    protocol: 'TCP',
    purpose: 'HTTP proxy (UDS)',
    dies: 'authentication and home cluster, so every sign-in; directory; discovery',
    kills: clients,
  },
  {
    id: 'PORT-CU-03',
    from: control('ephemeral'),
    to: inside('Unified CM', only(6970)),
    protocol: 'TCP',
    purpose: 'HTTP (configuration file retrieval)',
    dies: 'device configuration, so phone service; voicemail of a client that keeps no copy of its files; IM lives',
    kills: ['configuration file', 'voicemail', ...phone],
  },
  {
    id: 'PORT-CU-04',
    from: control('ephemeral'),
    to: inside('Unity Connection', only(443)),
    protocol: 'TCP',
    purpose: 'CUC (voicemail)',
    dies: 'visual voicemail only',
    kills: ['voicemail'],
  },
  {
    id: 'PORT-CU-05',
    from: control(media),
    to: inside('inside endpoint', unprivileged),
    protocol: 'UDP',
    purpose: 'media',
    hasFootnote: true,
    dies: 'audio and video with parties inside; calls between endpoints outside live',
    kills: ['inside hears', 'outside hears'],
    killsInCall: ['inside hears', 'outside hears'],
  },
  {
    id: 'PORT-CU-06',
    from: control(sipSource),
    to: inside('Unified CM', only(5060)),
    protocol: 'TCP',
    purpose: 'SIP signaling',
    dies: 'registration and calls of devices without a secure profile',
    kills: ['Unified CM zone', ...phone],
  },
  {
    id: 'PORT-CU-07',
    from: control(sipSource),
    to: inside('Unified CM', only(5061)),
    protocol: 'TLS',
    purpose: 'SIP signaling',
    dies: 'registration and calls of devices with a secure profile; the others live',
    kills: ['Unified CM zone', ...line],
  },
]

/** Not in the guide's tables. */
export const unlistedFlows: readonly UnlistedFlow[] = [
  {
    id: 'DNS-C',
    from: control('ephemeral'),
    to: inside('inside DNS server', only(53)),
    protocol: 'UDP',
    purpose: 'DNS',
  },
  {
    id: 'DNS-C-BACK',
    from: inside('inside DNS server', only(53)),
    to: control('ephemeral'),
    protocol: 'UDP',
    purpose: 'answers to it',
    answers: 'DNS-C',
  },
  {
    id: 'DNS-C-TCP',
    from: control('ephemeral'),
    to: inside('inside DNS server', only(53)),
    protocol: 'TCP',
    purpose: 'DNS, long answers',
  },
  {
    id: 'DNS-E',
    from: expressway('ephemeral'),
    to: { zone: 'internet', party: 'public DNS server', ports: only(53) },
    protocol: 'UDP',
    purpose: 'DNS',
  },
  {
    id: 'DNS-E-BACK',
    from: { zone: 'internet', party: 'public DNS server', ports: only(53) },
    to: expressway('ephemeral'),
    protocol: 'UDP',
    purpose: 'answers to it',
    answers: 'DNS-E',
  },
  {
    id: 'DNS-E-TCP',
    from: expressway('ephemeral'),
    to: { zone: 'internet', party: 'public DNS server', ports: only(53) },
    protocol: 'TCP',
    purpose: 'DNS, long answers',
  },
  {
    id: 'NTP-C',
    from: control('ephemeral'),
    to: inside('inside NTP server', only(123)),
    protocol: 'UDP',
    purpose: 'NTP',
  },
  {
    id: 'NTP-C-BACK',
    from: inside('inside NTP server', only(123)),
    to: control('ephemeral'),
    protocol: 'UDP',
    purpose: 'answers to it',
    answers: 'NTP-C',
  },
  {
    id: 'NTP-E',
    from: expressway('ephemeral'),
    to: { zone: 'internet', party: 'public NTP server', ports: only(123) },
    protocol: 'UDP',
    purpose: 'NTP',
  },
  {
    id: 'NTP-E-BACK',
    from: { zone: 'internet', party: 'public NTP server', ports: only(123) },
    to: expressway('ephemeral'),
    protocol: 'UDP',
    purpose: 'answers to it',
    answers: 'NTP-E',
  },
  {
    id: 'IMP-AXL',
    from: control('ephemeral'),
    to: inside('IM and Presence', only(8443)),
    protocol: 'TCP',
    purpose: 'AXL, SOAP log-in of clients',
  },
  {
    id: 'WEB-HTTP',
    from: control('ephemeral'),
    to: inside('inside web server', only(80)),
    protocol: 'TCP',
    purpose: 'servers on the HTTP allow list',
  },
  {
    id: 'WEB-HTTPS',
    from: control('ephemeral'),
    to: inside('inside web server', only(443)),
    protocol: 'TLS',
    purpose: 'the same over TLS',
  },
  {
    id: 'UCM-SIP',
    from: inside('Unified CM', 'ephemeral'),
    to: control(only(5060)),
    protocol: 'TCP',
    purpose: 'SIP to a registered device',
  },
  {
    id: 'UCM-SIPS',
    from: inside('Unified CM', 'ephemeral'),
    to: control(only(5061)),
    protocol: 'TLS',
    purpose: 'the same, secure profile',
  },
  {
    id: 'ADMIN-C',
    from: inside('inside admin', unprivileged),
    to: control(only(443)),
    protocol: 'TCP',
    purpose: 'HTTPS (administration)',
  },
  {
    id: 'MEDIA-CE',
    from: expressway(multiplexed),
    to: control(media),
    protocol: 'UDP',
    purpose: 'media to the Control',
    answers: 'PORT-CE-04',
  },
  {
    id: 'MEDIA-CU',
    from: inside('inside endpoint', unprivileged),
    to: control(media),
    protocol: 'UDP',
    purpose: 'media to the Control',
    answers: 'PORT-CU-05',
  },
]

/** Needed in deployments that this one is not: said so that a firewall's owner thinks of them, with no port to give. */
export const flowsWithoutPort: readonly string[] = [
  'Control to web servers on the HTTP server allow list that have other ports than 80 and 443',
  'Control to the trunk port of Unified CM',
  'between the peers of a cluster: TCP 4372 here, ours (X8.1 speaks IPsec)',
]

/** TCP ports that the VCS applications use themselves: to be allocated to nothing else (PORT-N-05, PORT-N-06). */
export const reservedPorts = [8191, 8192, 8883, 8884] as const

/** Of these the Expressway listens on to the outside (PORT-N-07). */
export const externallyOpenReservedPort = 8883

/** Media ranges of the tables' footnote. `multiplexed` is undefined where the guide does not say it. */
export const mediaRanges = [
  { system: 'new installation of X8.1 or later', range: [36_000, 59_999], multiplexed: [36_000, 36_001] },
  { system: 'the same as a Large VM', range: [36_000, 59_999], multiplexed: [36_000, 36_011] },
  { system: 'upgraded to X8.1', range: [50_000, 54_999], multiplexed: undefined },
] as const

export interface ListeningPorts {
  readonly tcp: readonly number[]
  readonly udp: readonly PortRange[]
  /** Open in some configurations only, and then not at everybody. */
  readonly tcpAtTimes?: readonly number[]
}

/** What each party may listen on towards the network; anything else is unexpected. */
export const listeningPorts: Readonly<Partial<Record<PortParty, ListeningPorts>>> = {
  'VCS Control': { tcp: [443, 5060, 5061], udp: [media] },
  'VCS Expressway': {
    tcp: [443, 2222, 5061, 5222, 7001, 7400, 8443, externallyOpenReservedPort],
    udp: [multiplexed, media],
  },
  /** 5061 in mixed mode. */
  'Unified CM': { tcp: [5060, 6970, 8443], udp: [], tcpAtTimes: [5061] },
  'IM and Presence': { tcp: [5222, 7400, 8443], udp: [] },
  'Unity Connection': { tcp: [443], udp: [] },
  'inside web server': { tcp: [80, 443], udp: [] },
  'inside endpoint': { tcp: [], udp: [unprivileged] },
  /** A TC endpoint with SIP ListenPort On. */
  'internet endpoint': { tcp: [], udp: [unprivileged], tcpAtTimes: [5061] },
  'inside DNS server': { tcp: [53], udp: [only(53)] },
  'public DNS server': { tcp: [53], udp: [only(53)] },
  'inside NTP server': { tcp: [], udp: [only(123)] },
  'public NTP server': { tcp: [], udp: [only(123)] },
}
