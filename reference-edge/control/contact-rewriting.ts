import { formatNameAddress } from '../protocol/sip/name-address.ts'
import type { SipMessage } from '../protocol/sip/message.ts'
import { Parameters } from '../protocol/sip/parameters.ts'
import type { SipUri } from '../protocol/sip/uri.ts'
import { formatUri, sipUri } from '../protocol/sip/uri.ts'
import type { OwnSipNames, SipPeer } from './sip-peer.ts'
import { ownPort } from './sip-peer.ts'

/**
 * What Unified CM learns as the contact of an outside client: this VCS, with the client's own address kept in
 * `orig-hostport`. The transport is that of the zone to the node; other parameters of the URI are kept.
 */
export function rewrittenContact(contact: SipUri, own: OwnSipNames, transport: SipPeer['transport']): SipUri {
  const parameters = contact.parameters.without('transport').without('orig-hostport')
  const kept = Parameters.none.with('transport', transport.toLowerCase()).with('orig-hostport', hostPortOf(contact))
  return sipUri({
    user: contact.user,
    host: own.address,
    port: ownPort(transport),
    parameters: parameters.entries().reduce((all, [name, value]) => all.with(name, value), kept),
  })
}

/** What a rewritten contact is found by: `user@host:port` of the client, or undefined where it is not one of ours. */
export function rewrittenContactKey(uri: SipUri): string | undefined {
  const hostPort = uri.parameters.get('orig-hostport')
  return hostPort === undefined ? undefined : `${uri.user ?? ''}@${hostPort.toLowerCase()}`
}

/** The same key made of the client's own contact. */
export function contactKey(contact: SipUri): string {
  return `${contact.user ?? ''}@${hostPortOf(contact).toLowerCase()}`
}

/** Replaces the URI of each Contact for which `replace` gives another one; header parameters stay. */
export function changeContacts(message: SipMessage, replace: (uri: SipUri) => string | undefined): void {
  const contacts = message.isWildcardContact ? undefined : message.addresses('contact')
  if (contacts === undefined || contacts.length === 0) return
  const values = contacts.map((contact) => {
    const uri = contact.sipUri === undefined ? undefined : replace(contact.sipUri)
    return formatNameAddress(uri === undefined ? contact : { ...contact, uri })
  })
  message.set('Contact', values.join(', '))
}

export function rewriteContacts(message: SipMessage, own: OwnSipNames, transport: SipPeer['transport']): void {
  changeContacts(message, (uri) => formatUri(rewrittenContact(uri, own, transport)))
}

function hostPortOf(uri: SipUri): string {
  return uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`
}
