import type { Log } from '#runtime/log.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { NameAddress } from '../protocol/sip/name-address.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { sslNotEstablished } from '../unified-cm/zone-reason.ts'
import type { RelayContext } from './relay.ts'
import { relay } from './relay.ts'
import type { ProxiedRegistration, RegistrationTable } from './registration-table.ts'
import type { SipPeer } from './sip-peer.ts'
import { changeContacts, contactKey, rewriteContacts, rewrittenContactKey } from './contact-rewriting.ts'

export interface RegistrationRelayOptions {
  readonly context: RelayContext
  readonly table: RegistrationTable
  readonly log: Log
}

/** REGISTER from outside to Unified CM; requests of Unified CM to a registered client back outside. */
export class RegistrationRelay {
  readonly #options: RegistrationRelayOptions

  constructor(options: RegistrationRelayOptions) {
    this.#options = options
  }

  /**
   * Contact is rewritten to this VCS on the way in and restored in the 200. The Expressway peer that a client comes by
   * last is the one it is reached through.
   */
  register(transaction: ServerTransaction, by: SipPeer, node: SipPeer): Promise<void> {
    const { context, table } = this.#options
    const { request } = transaction
    const clients = clientContacts(request)
    if (clients.some(({ key }) => !table.mayHold(key))) return this.#refuseOverLimit(transaction)
    const originals = new Map(clients.map(({ key, contact }) => [key, contact.uri]))
    return relay(context, {
      transaction,
      to: node,
      change: (forwarded) => rewriteContacts(forwarded, context.own, node.transport),
      changeResponse: (response) => restoreContacts(response, originals),
      onFinal: (status, response) => this.#settle(request, response, { by, node }, clients, status),
    })
  }

  /** The registration that a request URI of Unified CM is meant for. */
  target(request: SipRequest): ProxiedRegistration | undefined {
    const key = request.sipUri === undefined ? undefined : rewrittenContactKey(request.sipUri)
    return key === undefined ? undefined : this.#options.table.find(key)
  }

  /** Whether the device that sends a request has registered over TLS: its Contact tells which one it is. */
  isSecure(request: SipRequest): boolean {
    const { table } = this.#options
    return clientContacts(request).some(({ key }) => table.find(key)?.node.transport === 'TLS')
  }

  /** NOTIFY, OPTIONS, REFER … of Unified CM: the client's own contact becomes the request URI. */
  toClient(transaction: ServerTransaction, registration: ProxiedRegistration): Promise<void> {
    return relay(this.#options.context, {
      transaction,
      to: registration.by,
      change: (forwarded) => {
        forwarded.requestUri = registration.contact
      },
    })
  }

  /** SUBSCRIBE, OPTIONS, PUBLISH … of a client to Unified CM; its Contact is rewritten as in its REGISTER. */
  toNode(transaction: ServerTransaction, node: SipPeer): Promise<void> {
    const { context } = this.#options
    const originals = new Map(clientContacts(transaction.request).map(({ key, contact }) => [key, contact.uri]))
    return relay(context, {
      transaction,
      to: node,
      change: (forwarded) => rewriteContacts(forwarded, context.own, node.transport),
      changeResponse: (response) => restoreContacts(response, originals),
    })
  }

  async #refuseOverLimit(transaction: ServerTransaction): Promise<void> {
    const { log, context, table } = this.#options
    const { request } = transaction
    table.refused()
    const reason = 'License limit reached'
    log.warn('Registration Rejected', { ...eventDetails(request), 'Response-code': 503, Reason: reason })
    const toTag = newTag(context.random)
    const headers: [string, string][] = [['Warning', `399 ${context.own.fqdn} "${reason}"`]]
    transaction.respond(createResponse(request, 503, 'Service Unavailable', { toTag, headers }))
  }

  #settle(
    request: SipRequest,
    response: SipResponse,
    { by, node }: Pick<ProxiedRegistration, 'by' | 'node'>,
    clients: readonly ClientContact[],
    status: number,
  ): void {
    const { log, table } = this.#options
    if (status === 401 || status === 407) return
    if (status >= 300) {
      const details = { ...eventDetails(request), 'Response-code': status, Reason: response.reason }
      if (status === 403 && node.transport === 'TLS') {
        // Unified CM took the TLS session but not this device over it: its profile's name is not in our certificate.
        log.warn('Outbound TLS Negotiation Error', { Service: 'SIP', Zone: node.zoneName, Detail: sslNotEstablished })
      }
      return log.warn('Registration Rejected', details)
    }
    for (const client of clients) {
      const seconds = grantedSeconds(request, response, client)
      if (seconds === 0) {
        if (table.remove(client.key) !== undefined) log.info('Registration Removed', eventDetails(request))
        continue
      }
      const aor = request.to?.uri ?? ''
      const { key, contact } = client
      const kept = { key, contact: contact.uri, aor, deviceName: deviceNameOf(contact), node, by }
      const change = table.keep(kept, seconds)
      log.info(change, { ...eventDetails(request), Contact: contact.uri, Duration: seconds })
    }
  }
}

interface ClientContact {
  readonly key: string
  readonly contact: NameAddress
}

function clientContacts(request: SipRequest): ClientContact[] {
  if (request.isWildcardContact) return []
  return (request.addresses('contact') ?? []).flatMap((contact) =>
    contact.sipUri === undefined ? [] : [{ key: contactKey(contact.sipUri), contact }],
  )
}

function restoreContacts(response: SipResponse, originals: ReadonlyMap<string, string>): void {
  changeContacts(response, (uri) => {
    const key = rewrittenContactKey(uri)
    return key === undefined ? undefined : originals.get(key)
  })
}

/** RFC 3261 §10.3: an interval of 0 unregisters; the registrar's word counts where it gives one. */
function grantedSeconds(request: SipRequest, response: SipResponse, client: ClientContact): number {
  const asked = secondsIn(client.contact) ?? request.expires
  if (asked === 0) return 0
  const granted = response.addresses('contact')?.find((contact) => contact.uri === client.contact.uri)
  return (granted && secondsIn(granted)) ?? response.expires ?? asked ?? 3_600
}

function secondsIn(contact: NameAddress): number | undefined {
  const text = contact.parameters.get('expires')
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function deviceNameOf(contact: NameAddress): string | undefined {
  return contact.parameters.get('+u.sip!devicename.ccm.cisco.com')
}

function eventDetails(request: SipRequest): Record<string, unknown> {
  return { Service: 'SIP', AOR: request.to?.uri, 'Call-id': request.callId, Tag: request.first('x-taatag') }
}
