import type { Endpoint } from '#runtime/network.ts'
import type { SessionDescription } from '../sip/session-description.ts'
import type { MemberRemote } from './bridge.ts'

type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** What the bridge says of a member's port: one audio stream, G.711 µ-law. */
export function bridgeDescription({ address, port }: Endpoint, direction: Direction): SessionDescription {
  return {
    session: ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=SIP Call', `c=IN IP4 ${address}`, 't=0 0'],
    media: [[`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', `a=${direction}`]],
  }
}

/** Where a member hears, and whether it wants to. A refused stream is a member who neither speaks nor hears. */
export function remoteOf(description: SessionDescription): MemberRemote {
  const audio = audioOf(description)
  const port = Number(audio[0]?.split(' ')[1] ?? 0)
  const connection = [...audio, ...description.session].find((line) => line.startsWith('c=IN IP4 '))
  const address = connection?.slice('c=IN IP4 '.length).split('/')[0] ?? '0.0.0.0'
  const direction = directionOf(description)
  const wantsToHear = port !== 0 && address !== '0.0.0.0' && (direction === 'sendrecv' || direction === 'recvonly')
  return { address, port, wantsToHear }
}

/** RFC 3264 §6.1: the bridge does whatever it is asked to. */
export function answeredDirection(offer: SessionDescription): Direction {
  return answers[directionOf(offer)]
}

const answers: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}

function directionOf(description: SessionDescription): Direction {
  const lines = [...audioOf(description), ...description.session]
  const found = lines.find((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line))
  return (found?.slice(2) as Direction | undefined) ?? 'sendrecv'
}

function audioOf(description: SessionDescription): readonly string[] {
  return description.media.find(([first]) => first!.startsWith('m=audio ')) ?? []
}
