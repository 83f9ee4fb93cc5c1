import type { SipMessage } from '../../protocol/sip/message.ts'
import type { Parameters } from '../../protocol/sip/parameters.ts'
import { formatVia, type Via } from '../../protocol/sip/via.ts'

/**
 * Takes out of a message from the internet what only VCSs and Unified CM may say. Names are compared by their key, so
 * no spelling, compact form or blank before the colon gets past (CVE-2020-28361).
 */
export function stripInternalHeaders(message: SipMessage): void {
  removeInternalHeaders(message)
  // The Vias of a response are ours and the Control's.
  if (message.kind === 'request' && message.vias()?.some(hasInternalParameter) === true) stripVias(message)
}

/** The same headers are not told to other companies (RFC 3325 §5, RFC 7044 §10.1). */
export function removeInternalHeaders(message: SipMessage): void {
  for (const name of internalHeaders) message.remove(name)
}

const internalHeaders = [
  'p-asserted-identity',
  'p-preferred-identity',
  'remote-party-id',
  'x-taatag',
  'identity',
  'identity-info',
  'history-info',
  'diversion',
  'service-route',
  'path',
]

/** Via parameters by which VCSs tell each other about zones and calls. */
const internalViaParameters = [
  'proxy-call-id',
  'ingress-zone',
  'ingress-zone-id',
  'egress-zone',
  'x-cisco-local-service',
]

function hasInternalParameter(via: Via): boolean {
  return internalViaParameters.some((name) => via.parameters.has(name))
}

function stripVias(message: SipMessage): void {
  const vias = message.vias()!
  message.remove('via')
  for (const via of vias.toReversed()) message.addOnTop('Via', formatVia({ ...via, parameters: cleaned(via) }))
}

function cleaned(via: Via): Parameters {
  return internalViaParameters.reduce((kept, name) => kept.without(name), via.parameters)
}
