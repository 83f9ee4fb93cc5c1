import type { CryptoLine } from './crypto-line.ts'
import { writeCrypto } from './crypto-line.ts'

/** The video stream of an endpoint that shows nothing yet: negotiated with its bit rate, no packet is sent. */
export interface OwnVideo {
  readonly port: number
  /** Of the whole call, audio included. */
  readonly callKbps: number
  /** None: RTP/AVP. */
  readonly crypto: readonly CryptoLine[]
}

/** What the audio takes of the call's rate: G.711 with its headers. */
const audioKbps = 80

/** Its m-line and what stands below; H.264, payload type 97 (wire facts §7.1). */
export function writeVideoSection({ port, callKbps, crypto }: OwnVideo, address: string): string[] {
  return [
    `m=video ${port} ${crypto.length === 0 ? 'RTP/AVP' : 'RTP/SAVP'} 97`,
    `c=IN IP4 ${address}`,
    `b=TIAS:${Math.max(1, callKbps - audioKbps) * 1000}`,
    'a=rtpmap:97 H264/90000',
    'a=fmtp:97 profile-level-id=42801E',
    `a=rtcp:${port + 1} IN IP4 ${address}`,
    ...crypto.map(writeCrypto),
    'a=sendrecv',
  ]
}
