import { createHash } from 'node:crypto'
import type { LogRecord } from '#runtime/log.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { maskedMessage } from './masking.ts'

/**
 * What the network modules say about an event of the trace, in the product's words (wire facts §10.4): a SIP message
 * one INFO record, and with `hasMessages` a DEBUG record with its text; a new TCP connection one DEBUG record.
 */
export function networkRecords(event: TraceEvent, wants: { readonly hasMessages: boolean }): LogRecord[] {
  if (event.kind === 'open' && event.transport === 'tcp') return [connectionRecord(event)]
  if (event.kind !== 'message' || event.protocol !== 'SIP' || event.bytes === undefined) return []
  const text = Buffer.from(event.bytes, 'base64').toString('utf8')
  const base = { ...recordBase(event), module: 'network.sip', ...addresses(event) }
  const summary: LogRecord = { ...base, level: 'info', Detail: messageDetail(event, text) }
  return wants.hasMessages ? [summary, { ...base, level: 'debug', SIPMSG: maskedMessage(text) }] : [summary]
}

function connectionRecord(event: TraceEvent): LogRecord {
  const [from, to] = event.direction === 'sent' ? [event.local, event.remote] : [event.remote, event.local]
  return {
    ...recordBase(event),
    module: 'network.tcp',
    level: 'debug',
    ...endpoint('Src', from),
    ...endpoint('Dst', to),
    Detail: 'TCP Connection Established',
  }
}

function recordBase({ hostTime, host }: TraceEvent) {
  return { at: hostTime, host, event: '' }
}

function addresses({ direction, local, remote }: TraceEvent): Record<string, unknown> {
  const isSent = direction === 'sent'
  return {
    Action: isSent ? 'Sent' : 'Received',
    ...endpoint('Local', local),
    ...endpoint(isSent ? 'Dst' : 'Src', remote),
  }
}

function endpoint(name: string, text = ''): Record<string, unknown> {
  const colon = text.lastIndexOf(':')
  return { [`${name}-ip`]: text.slice(0, colon), [`${name}-port`]: text.slice(colon + 1) }
}

function messageDetail({ direction }: TraceEvent, text: string): string {
  const [start = ''] = text.split('\r\n', 1)
  const [first = '', second = '', ...rest] = start.split(' ')
  const isResponse = first.startsWith('SIP/')
  const header = (name: string, compact: string) =>
    new RegExp(`^(?:${name}|${compact})[ \\t]*:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim() ?? ''
  const tagOf = (value: string) => /;\s*tag=([^;\s]+)/i.exec(value)?.[1] ?? ''
  const cseq = header('CSeq', 'CSeq')
  const [number = '', method = ''] = cseq.split(/\s+/)
  const verb = direction === 'sent' ? 'Sending' : 'Receive'
  return [
    isResponse
      ? `${verb} Response Code=${second} ${rest.join(' ')}, Method=${method}`
      : `${verb} Request Method=${first}`,
    `CSeq=${number}`,
    isResponse ? `To=${uriOf(header('To', 't'))}` : `Request-URI=${second}`,
    `Call-ID=${header('Call-ID', 'i')}`,
    `From-Tag=${tagOf(header('From', 'f'))}`,
    `To-Tag=${tagOf(header('To', 't'))}`,
    `Msg-Hash=${createHash('sha256').update(text).digest().readBigUInt64BE()}`,
  ].join(', ')
}

function uriOf(address: string): string {
  return /<([^>]*)>/.exec(address)?.[1] ?? address.split(';', 1)[0]!
}
