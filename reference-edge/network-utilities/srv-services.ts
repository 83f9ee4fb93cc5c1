/** What a SRV lookup of a domain asks for (guide: Checking DNS records), by the kind of service. */
export const srvServices = {
  'H.323': ['_h323ls._udp', '_h323rs._udp', '_h323cs._tcp'],
  SIP: ['_sips._tcp', '_sip._tls', '_sip._tcp', '_sip._udp'],
  'Unified Communications': ['_collab-edge._tls', '_collab-edge._tcp', '_cuplogin._tcp', '_cisco-uds._tcp'],
  TURN: ['_turns._tcp', '_turn._tcp', '_turn._udp'],
} as const

export type ServiceKind = keyof typeof srvServices
export const serviceKinds = Object.keys(srvServices) as ServiceKind[]
