import type { Endpoint } from '#runtime/network.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'

/** `user@host` without regard to the case of the host. */
export function addressOfRecord(uri: SipUri | undefined): string | undefined {
  return uri?.user === undefined ? undefined : `${uri.user}@${uri.host.toLowerCase()}`
}

/** A request's only Contact, or undefined where there is not exactly one. */
export function contactOf(request: SipRequest): SipUri | undefined {
  const contacts = request.isWildcardContact ? undefined : request.addresses('contact')
  return contacts?.length === 1 ? contacts[0]!.sipUri : undefined
}

/** `user@host:port`, which tells contacts apart. */
export function contactKey(uri: SipUri): string {
  return `${uri.user ?? ''}@${hostPortOf(uri)}`
}

export function hostPortOf(uri: SipUri): string {
  return `${uri.host.toLowerCase()}:${portOf(uri)}`
}

/**
 * The place where a client that registered this contact from `address` may be dialled: over TLS, at the very address it
 * came from and at none that it merely names, on a port that is nobody's well-known one (guide: port reference).
 */
export function listeningPlace(contact: SipUri, address: string): Endpoint | undefined {
  const port = portOf(contact)
  return isTls(contact) && contact.host === address && port >= leastClientPort ? { address, port } : undefined
}

const leastClientPort = 1024

function portOf(uri: SipUri): number {
  return uri.port ?? (isTls(uri) ? 5061 : 5060)
}

function isTls(uri: SipUri): boolean {
  return uri.scheme === 'sips' || uri.parameters.get('transport')?.toLowerCase() === 'tls'
}
