import type { LabDescription } from '../description.ts'

/** The protocol a listener speaks: what garbage means there, and what the right answer is. */
export type Speaks =
  'https' | 'http' | 'sips' | 'mutual-sips' | 'sip' | 'xmpp' | 'xcp-tls' | 'xcp' | 'ssh' | 'tls-only' | 'dns'

export interface HostileListener {
  readonly host: string
  /** Its name in the description of the lab; undefined for those only the host itself reports. */
  readonly name: string | undefined
  readonly port: number
  readonly speaks: Speaks
  /** Connections one source may have. */
  readonly cap: number
}

/** Every TCP listener of a deployment of single network elements. */
export const hostileListeners: readonly HostileListener[] = [
  { host: 'vcse1', name: 'https', port: 8443, speaks: 'https', cap: 200 },
  { host: 'vcse1', name: 'sips', port: 5061, speaks: 'sips', cap: 200 },
  { host: 'vcse1', name: 'xmpp', port: 5222, speaks: 'xmpp', cap: 200 },
  { host: 'vcse1', name: 'ssh', port: 2222, speaks: 'ssh', cap: 4 },
  { host: 'vcse1', name: 'zone', port: 7001, speaks: 'mutual-sips', cap: 20 },
  { host: 'vcse1', name: 'xcp', port: 7400, speaks: 'xcp-tls', cap: 16 },
  { host: 'vcse1', name: 'admin', port: 443, speaks: 'https', cap: 50 },
  { host: 'vcse1', name: 'internal', port: 8883, speaks: 'tls-only', cap: 10 },
  { host: 'vcsc1', name: 'admin', port: 443, speaks: 'https', cap: 50 },
  { host: 'vcsc1', name: undefined, port: 5060, speaks: 'sip', cap: 100 },
  { host: 'vcsc1', name: undefined, port: 5061, speaks: 'sips', cap: 100 },
  { host: 'cucm1', name: 'sip', port: 5060, speaks: 'sip', cap: 200 },
  { host: 'cucm1', name: undefined, port: 5061, speaks: 'mutual-sips', cap: 200 },
  { host: 'cucm1', name: 'https', port: 8443, speaks: 'https', cap: 200 },
  { host: 'cucm1', name: 'files', port: 6970, speaks: 'http', cap: 200 },
  { host: 'imp1', name: 'xmpp', port: 5222, speaks: 'xmpp', cap: 200 },
  { host: 'imp1', name: 'xcp', port: 7400, speaks: 'xcp', cap: 16 },
  { host: 'imp1', name: 'https', port: 8443, speaks: 'https', cap: 200 },
  { host: 'cuc1', name: 'https', port: 443, speaks: 'https', cap: 200 },
  { host: 'web1', name: 'http', port: 80, speaks: 'http', cap: 200 },
  { host: 'web1', name: 'https', port: 443, speaks: 'https', cap: 200 },
  { host: 'pubdns', name: undefined, port: 53, speaks: 'dns', cap: 200 },
  { host: 'intdns', name: undefined, port: 53, speaks: 'dns', cap: 200 },
]

/** `vcse1 8443`, for titles and for comparing with what is described or really listens. */
export function titleOf({ host, port }: Pick<HostileListener, 'host' | 'port'>): string {
  return `${host} ${port}`
}

/** Listeners the description tells of. */
export function describedListeners({ hosts }: LabDescription): string[] {
  return Object.entries(hosts).flatMap(([host, { ports }]) =>
    Object.values(ports).map((port) => titleOf({ host, port })),
  )
}
