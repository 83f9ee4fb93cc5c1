import type { NameAddress } from '../protocol/sip/name-address.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import type { SipUri } from '../protocol/sip/uri.ts'

/** Seconds of a registration: shorter ones are refused by 423, longer ones are cut. */
export interface RegistrationPeriod {
  readonly minimum: number
  readonly maximum: number
}

/** One Contact of a REGISTER; 0 seconds removes it. */
export interface RequestedBinding {
  readonly contact: string
  readonly contactUri: SipUri
  readonly q: number
  readonly seconds: number
}

export type RequestedBindings =
  | { readonly kind: 'query' | 'remove all' }
  | { readonly kind: 'update'; readonly bindings: readonly RequestedBinding[] }
  | { readonly kind: 'too brief' | 'malformed' }

/** What a REGISTER asks for (RFC 3261 §10.3 steps 6 and 7). */
export function requestedBindings(request: SipRequest, period: RegistrationPeriod): RequestedBindings {
  if (request.isWildcardContact) return { kind: request.expires === 0 ? 'remove all' : 'malformed' }
  if (!request.has('contact')) return { kind: 'query' }
  const bindings: RequestedBinding[] = []
  for (const contact of request.addresses('contact') ?? []) {
    const { sipUri: contactUri, uri } = contact
    const q = qOf(contact)
    if (contactUri === undefined || q === undefined) return { kind: 'malformed' }
    const asked = secondsOf(contact) ?? request.expires ?? period.maximum
    if (asked > 0 && asked < period.minimum) return { kind: 'too brief' }
    bindings.push({ contact: uri, contactUri, q, seconds: Math.min(asked, period.maximum) })
  }
  return bindings.length === 0 ? { kind: 'malformed' } : { kind: 'update', bindings }
}

/** RFC 3261 §20.10: a value that is none counts as 3600. */
function secondsOf({ parameters }: NameAddress): number | undefined {
  const text = parameters.get('expires')
  if (text === undefined) return undefined
  return /^\d{1,10}$/.test(text) ? Number(text) : 3_600
}

function qOf({ parameters }: NameAddress): number | undefined {
  const text = parameters.get('q')
  if (text === undefined) return 1
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : undefined
}
