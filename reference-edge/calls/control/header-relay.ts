import { headerSpelling } from '../../protocol/sip/header-names.ts'
import type { SipMessage } from '../../protocol/sip/message.ts'

/**
 * The header fields a B2BUA passes from one leg to the other: all but those that belong to the leg, its dialog, its
 * transactions or its body.
 */
export function relayedHeaders(message: SipMessage): [name: string, value: string][] {
  const relayed: [string, string][] = []
  for (const line of message.headers.lines) {
    if (ownOfLeg.has(line.key)) continue
    const value = optionLists.has(line.key) ? withoutReliability(line.value) : line.value
    if (value !== '') relayed.push([headerSpelling(line.key), value])
  }
  return relayed
}

const ownOfLeg = new Set([
  'via',
  'route',
  'record-route',
  'path',
  'service-route',
  'from',
  'to',
  'call-id',
  'cseq',
  'contact',
  'max-forwards',
  'content-length',
  'content-type',
  'user-agent',
  'server',
  'identity',
  'identity-info',
  'proxy-authorization',
  'proxy-require',
  'rseq',
  'rack',
  'timestamp',
  'date',
])

/** RFC 3262 is not spoken here: early media are not carried, so provisional responses need not be reliable. */
const optionLists = new Set(['supported', 'require'])

function withoutReliability(value: string): string {
  const options = value.split(',').map((option) => option.trim())
  return options.filter((option) => option !== '' && option.toLowerCase() !== '100rel').join(', ')
}
