import { packetEnd, udpPacket } from './packet.ts'
import type { Timeline, TimelineMessage } from './timeline.ts'
import type { Capture, PlacedPacket } from './wire-capture.ts'
import { captureFile, TcpWriter } from './wire-capture.ts'

/**
 * The plain twin: each decoded message in a segment of its own, in clear, on the ports it really had. For sngrep and
 * grep, which cannot use secrets, and for messages inside SSH tunnels.
 */
export function plainCapture(timeline: Timeline, title: string): Capture {
  const byConversation = new Map<string, TimelineMessage[]>()
  const datagrams: PlacedPacket[] = []
  for (const message of timeline.messages) {
    if (message.connection.startsWith('udp/')) datagrams.push(...udpPackets(message))
    else {
      const key = `${message.connection}|${message.protocol}`
      byConversation.set(key, [...(byConversation.get(key) ?? []), message])
    }
  }
  const segments = [...byConversation.values()].flatMap(conversationPackets)
  return captureFile([...datagrams, ...segments], timeline, { title: `${title} (decoded)`, keyLog: '' })
}

function udpPackets(message: TimelineMessage): PlacedPacket[] {
  const from = packetEnd(message.fromEndpoint)
  const to = packetEnd(message.toEndpoint)
  if (from === undefined || to === undefined) return []
  return [{ at: message.at, packet: udpPacket(from, to, message.bytes), messages: [message] }]
}

/** A bit less than an IPv4 packet holds. */
const largestPlainSegment = 65_000

function conversationPackets(messages: TimelineMessage[]): PlacedPacket[] {
  const { connection, at } = messages[0]!
  const [, diallerText = '', acceptorText = ''] = connection.split('/')
  const dialler = packetEnd(diallerText)
  const acceptor = packetEnd(acceptorText)
  if (dialler === undefined || acceptor === undefined) return []
  const writer = new TcpWriter(dialler, acceptor)
  const sent = { dialler: 0, acceptor: 0 }
  writer.handshake(at)
  for (const message of messages) {
    const isFromDialler = message.fromEndpoint === diallerText
    const side = isFromDialler ? 'dialler' : 'acceptor'
    writer.data({ at: message.at, isFromDialler, start: sent[side], bytes: message.bytes }, largestPlainSegment)
    sent[side] += message.bytes.length
    writer.carrierOf({ isFromDialler, end: sent[side] })?.messages.push(message)
  }
  return writer.packets
}
