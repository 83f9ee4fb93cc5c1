import type { SipMessage } from '#edge/protocol/sip/message.ts'
import { parseMessage as parseAtEdge } from '#edge/protocol/sip/parse-message.ts'
import * as simulated from '#simulators/protocol/sip/message.ts'
import { branchOf } from '#simulators/protocol/sip/via.ts'

/** Where the two stacks disagree about one message, in words that do not depend on the message. */
export interface Difference {
  /** `edge accepts` …, `edge refuses` …, or `values` … with the first value that differs. */
  readonly kind: string
  readonly detail: string
}

export interface Comparison {
  readonly agreement?: 'accepted' | 'refused'
  readonly difference?: Difference
}

/** Reads the same bytes with both stacks. */
export function compare(bytes: Buffer): Comparison {
  const edge = parseAtEdge(bytes)
  const strict = simulated.parseMessage(bytes)
  if (!edge.ok && !strict.ok) return { agreement: 'refused' }
  if (edge.ok && !strict.ok) {
    const problem = strict.problem
      .replace(/"[\s\S]*"/g, '"…"')
      .replace(/^the display name [\s\S]* has/, 'the display name … has')
    return differ(`edge accepts, simulators refuse: ${strict.clause}, ${problem}`, strict.problem)
  }
  if (!edge.ok) return differ(`edge refuses, simulators accept: ${edge.fault}`, edge.fault)
  if (!strict.ok) throw new Error('unreachable')
  const ours = valuesAtEdge(edge.message)
  const theirs = valuesOfSimulators(strict.message)
  const name = Object.keys(theirs).find((each) => JSON.stringify(ours[each]) !== JSON.stringify(theirs[each]))
  if (name === undefined) return { agreement: 'accepted' }
  return differ(`values: ${name}`, `edge ${JSON.stringify(ours[name])}, simulators ${JSON.stringify(theirs[name])}`)
}

function differ(kind: string, detail: string): Comparison {
  return { difference: { kind, detail } }
}

type Values = Readonly<Record<string, unknown>>

/** What routing, transactions and dialogs are decided by. */
function valuesAtEdge(message: SipMessage): Values {
  const isRequest = message.kind === 'request'
  return {
    start: isRequest ? [message.method, message.requestUri] : [message.status, message.reason],
    callId: message.callId,
    cseq: [message.cseq!.number, message.cseq!.method],
    vias: message
      .vias()!
      .map((via) => [via.transport, via.host, via.port ?? null, via.parameters.get('branch') ?? null]),
    from: [message.from!.uri, message.from!.displayName, message.fromTag ?? null],
    to: [message.to!.uri, message.to!.displayName, message.toTag ?? null],
    contacts: message.isWildcardContact ? '*' : message.addresses('contact')!.map(({ uri }) => uri),
    routes: message.addresses('route')!.map(({ uri }) => uri),
    bodyLength: message.body.length,
  }
}

function valuesOfSimulators(message: simulated.SipMessage): Values {
  const cseq = simulated.cseq(message)
  const from = simulated.from(message)
  const to = simulated.to(message)
  return {
    start: message.kind === 'request' ? [message.method, message.uri] : [message.status, message.reason],
    callId: simulated.callId(message),
    cseq: [cseq.number, cseq.method],
    vias: simulated.vias(message).map((via) => [via.transport, via.host, via.port ?? null, branchOf(via) ?? null]),
    from: [from.uri, from.displayName, simulated.fromTag(message) ?? null],
    to: [to.uri, to.displayName, simulated.toTag(message) ?? null],
    contacts: simulated.contacts(message)?.map(({ uri }) => uri) ?? '*',
    routes: simulated.addresses(message, 'Route').map(({ uri }) => uri),
    bodyLength: message.body.length,
  }
}
