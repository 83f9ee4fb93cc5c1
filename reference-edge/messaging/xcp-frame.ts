import type { Stanza } from './stanza.ts'
import { attributeOf, childrenOf, Namespace, stanza, summaryOf } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'
import { isStreamCondition } from './stream-condition.ts'

/**
 * What the XCP routers tell each other behind the handshake. Cisco's framing is not public; this one is ours
 * (namespace `urn:mra:xcp`) on an XEP-0114 component stream.
 */
export type XcpFrame =
  /** A client has opened, or after SASL restarted, its stream towards `domain`; the answer is a `data` with the features. */
  | { readonly event: 'open'; readonly id: string; readonly address: string; readonly domain: string }
  | { readonly event: 'data'; readonly id: string; readonly element: Stanza }
  /** The client's stream is over; with a condition it ends in that stream error. */
  | { readonly event: 'close'; readonly id: string; readonly condition?: StreamCondition }
  /** Control to Expressway: whether an IM and Presence node can be reached. */
  | { readonly event: 'service'; readonly isAvailable: boolean }
  | { readonly event: 'ping' }
  | { readonly event: 'pong' }

export function frameElement(frame: XcpFrame): Stanza {
  switch (frame.event) {
    case 'open': {
      const { event, id, address, domain } = frame
      return stanza('session', Namespace.xcp, { event, id, address, domain })
    }
    case 'data':
      return stanza('session', Namespace.xcp, { event: frame.event, id: frame.id }, [frame.element])
    case 'close':
      return stanza('session', Namespace.xcp, { event: frame.event, id: frame.id, condition: frame.condition })
    case 'service':
      return stanza('service', Namespace.xcp, { state: frame.isAvailable ? 'active' : 'inactive' })
    case 'ping':
    case 'pong':
      return stanza(frame.event, Namespace.xcp)
  }
}

/** Undefined: not a frame; the link is closed then. */
export function frameOf(element: Stanza): XcpFrame | undefined {
  if (element.namespace !== Namespace.xcp) return undefined
  if (element.name === 'ping' || element.name === 'pong') return { event: element.name }
  if (element.name === 'service') return { event: 'service', isAvailable: attributeOf(element, 'state') === 'active' }
  return element.name === 'session' ? sessionFrame(element) : undefined
}

/** `<session data e1> <message> → bob@example.com` */
export function frameSummary(frame: XcpFrame): string {
  if (!('id' in frame)) return frame.event === 'service' ? `<service ${frame.isAvailable}>` : `<${frame.event}>`
  const head = `<session ${frame.event} ${frame.id}>`
  if (frame.event === 'data') return `${head} ${summaryOf(frame.element)}`
  return frame.event === 'open' ? `${head} ${frame.address} ${frame.domain}` : `${head} ${frame.condition ?? ''}`.trim()
}

function sessionFrame(element: Stanza): XcpFrame | undefined {
  const [id, address, domain, condition] = ['id', 'address', 'domain', 'condition'].map((name) =>
    attributeOf(element, name),
  )
  if (id === undefined || id.length > 64) return undefined
  const [content, ...more] = childrenOf(element)
  switch (attributeOf(element, 'event')) {
    case 'open':
      return address === undefined || domain === undefined ? undefined : { event: 'open', id, address, domain }
    case 'data':
      return content === undefined || more.length > 0 ? undefined : { event: 'data', id, element: content }
    case 'close':
      return { event: 'close', id, ...(isStreamCondition(condition) ? { condition } : {}) }
    default:
      return undefined
  }
}
