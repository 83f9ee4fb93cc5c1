import { readDecimal } from '../../protocol/sdp/session-description.ts'
import type { PortPair } from './media-ports.ts'

/** Where one side of a stream listens, or is said to. */
export interface MediaAddress {
  readonly address: string
  readonly rtpPort: number
  readonly rtcpPort: number
}

export function addressOf(address: string, ports: Pick<PortPair, 'rtp' | 'rtcp'>): MediaAddress {
  return { address, rtpPort: ports.rtp.local.port, rtcpPort: ports.rtcp.local.port }
}

/**
 * Whether media may be sent to an address taken from a description: one IPv4 host. Not a name, which nobody but the
 * host's resolver may look up, not 0.0.0.0, which once meant hold, not a group.
 */
export function isHostAddress(address: string): boolean {
  const octets = address.split('.').map((text) => readDecimal(text, 255))
  if (octets.length !== 4 || octets.includes(undefined)) return false
  return octets[0]! > 0 && octets[0]! < 224
}
