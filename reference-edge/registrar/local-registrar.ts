import type { WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'
import type { OwnSipNames } from '../control/sip-peer.ts'
import { isOwnHost } from '../control/sip-peer.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { addressOfRecord } from './address-of-record.ts'
import type { Binding } from './binding-table.ts'
import { BindingTable } from './binding-table.ts'
import type { DeviceAuthentication } from './device-authentication.ts'
import { LocalDevice, transportOf } from './local-device.ts'
import type { RegistrationPeriod, RequestedBinding } from './requested-bindings.ts'
import { requestedBindings } from './requested-bindings.ts'

export interface LocalRegistrarOptions {
  readonly own: OwnSipNames
  readonly wall: WallClock
  readonly random: Random
  readonly log: Log
  readonly authentication: DeviceAuthentication
  /** Whether "SIP registrations and provisioning on VCS" is on for a domain, asked for each request. */
  readonly isOwnDomain: (host: string) => boolean
  readonly period: () => RegistrationPeriod
  /** Bindings that this VCS may have besides those it has: its proxied registrations count too. */
  readonly room: () => number
  /** A registration was refused since there was no room, or there is room again. */
  readonly onFull: (isFull: boolean) => void
  readonly isInMaintenance: () => boolean
  readonly isOpen: (flow: SipFlow) => boolean
  /** The connection of a registered device stays open however long it says nothing. */
  readonly hold: (flow: SipFlow, isHeld: boolean) => void
}

export interface RegistrationStatus {
  readonly aor: string
  readonly contact: string
  readonly type: 'SIP'
  readonly zone: string
  readonly expires: string
  readonly isReachable: boolean
  readonly userAgent?: string
}

/** Registrar of the domains that this VCS is authoritative for (RFC 3261 §10.3). */
export class LocalRegistrar {
  readonly #options: LocalRegistrarOptions
  readonly #table: BindingTable

  constructor(options: LocalRegistrarOptions) {
    this.#options = options
    this.#table = new BindingTable({
      clock: options.wall,
      onExpired: (binding) => this.#gone(binding, 'Expired'),
    })
  }

  /** Bindings of all devices. */
  get size(): number {
    return this.#table.size
  }

  /** The best binding of an alias: `user@domain`, or a SIP URI with it. One whose connection is gone where there is no other. */
  find(aor: string): Binding | undefined {
    return this.findAll(aor)[0]
  }

  /** Every binding, best first. */
  findAll(aor: string): readonly Binding[] {
    return this.#table.find(aor.replace(/^sips?:/i, '').toLowerCase())
  }

  /** The device that a request comes from: registered under its From over this very connection. */
  sender(request: SipRequest, flow: SipFlow): Binding | undefined {
    const aor = addressOfRecord(request.from?.sipUri)
    return aor === undefined ? undefined : this.#table.find(aor).find(({ peer }) => peer.flow.id === flow.id)
  }

  status(): RegistrationStatus[] {
    return this.#table.list().map(({ aor, contact, peer, expiresAt, userAgent }) => ({
      aor: `sip:${aor}`,
      contact,
      type: 'SIP',
      zone: peer.zoneName,
      expires: expiresAt.toISOString(),
      isReachable: peer.isReachable,
      ...(userAgent === undefined ? {} : { userAgent }),
    }))
  }

  /** Removes every binding of a domain that this VCS is no longer registrar of. */
  domainsChanged(): void {
    for (const binding of this.#table.list()) {
      if (this.#options.isOwnDomain(binding.aor.slice(binding.aor.indexOf('@') + 1))) continue
      this.#table.remove(binding)
      this.#gone(binding, 'Unknown domain')
    }
  }

  clear(): void {
    this.#table.clear()
  }

  register(transaction: ServerTransaction): void {
    const { request, flow } = transaction
    const { own, isOwnDomain, authentication, isInMaintenance } = this.#options
    const aor = addressOfRecord(request.to?.sipUri)
    const domain = request.to?.sipUri?.host ?? ''
    const asked = request.sipUri
    if (aor === undefined || asked === undefined) return this.#reject(transaction, 400, 'Bad Request', 'Bad request')
    const isMeantForUs = isOwnHost(own, asked.host) || asked.host.toLowerCase() === domain.toLowerCase()
    if (!isMeantForUs || !isOwnDomain(domain)) return this.#reject(transaction, 403, 'Forbidden', 'Unknown domain')
    if (isInMaintenance()) return this.#reject(transaction, 503, 'Service Unavailable', 'Maintenance mode')
    const verdict = authentication.judge(request, flow)
    if (!verdict.passes) return void transaction.respond(verdict.challenge(newTag(this.#options.random)))
    const required = request.all('require')
    if (required.length > 0) {
      return this.#reject(transaction, 420, 'Bad Extension', 'Extension', [['Unsupported', required.join(', ')]])
    }
    this.#update(transaction, aor)
  }

  #update(transaction: ServerTransaction, aor: string): void {
    const { request } = transaction
    const period = this.#options.period()
    const wanted = requestedBindings(request, period)
    const all = this.#table.find(aor)
    switch (wanted.kind) {
      case 'malformed':
        return this.#reject(transaction, 400, 'Bad Request', 'Bad contact')
      case 'too brief':
        return this.#reject(transaction, 423, 'Interval Too Brief', 'Interval too brief', [
          ['Min-Expires', String(period.minimum)],
        ])
      case 'query':
        return this.#accept(transaction, aor)
      case 'remove all':
        if (all.some((binding) => isOutOfOrder(binding, request))) return this.#outOfOrder(transaction)
        for (const binding of all) this.#remove(binding)
        return this.#accept(transaction, aor)
      case 'update':
        return this.#apply(transaction, aor, wanted.bindings)
      default:
        return wanted satisfies never
    }
  }

  /** All of the Contacts or none (RFC 3261 §10.3 step 7). */
  #apply(transaction: ServerTransaction, aor: string, wanted: readonly RequestedBinding[]): void {
    const { request, flow } = transaction
    const known = wanted.map(({ contactUri }) => this.#table.get(aor, contactUri))
    if (known.some((binding) => binding !== undefined && isOutOfOrder(binding, request)))
      return this.#outOfOrder(transaction)
    const added = wanted.filter(({ seconds }, index) => seconds > 0 && known[index] === undefined).length
    const isFull = added > this.#options.room()
    if (added > 0) this.#options.onFull(isFull)
    if (isFull) return this.#reject(transaction, 503, 'Service Unavailable', 'License limit reached')
    if (added + this.#table.find(aor).length > mostContacts)
      return this.#reject(transaction, 403, 'Forbidden', 'Too many contacts')
    for (const [index, binding] of wanted.entries()) {
      const before = known[index]
      if (binding.seconds > 0) this.#keep(transaction, aor, binding, before)
      else if (before !== undefined) this.#remove(before)
    }
    this.#options.hold(flow, this.#table.uses(flow))
    this.#accept(transaction, aor)
  }

  #keep({ request, flow }: ServerTransaction, aor: string, wanted: RequestedBinding, before?: Binding): void {
    const { seconds, contact, contactUri, q } = wanted
    const peer = before?.peer ?? new LocalDevice(flow, this.#options.isOpen)
    const oldFlow = peer.flow
    peer.movedTo(flow)
    const isRefresh = this.#table.keep(
      {
        aor,
        contact,
        contactUri,
        q,
        callId: request.callId ?? '',
        cseq: request.cseq?.number ?? 0,
        userAgent: request.first('user-agent'),
        peer,
      },
      seconds,
    )
    if (oldFlow.id !== flow.id) this.#released(oldFlow)
    this.#options.log.info(isRefresh ? 'Registration Refresh Accepted' : 'Registration Accepted', {
      ...eventDetails(request, flow),
      Contact: contact,
      Duration: seconds,
    })
  }

  #remove(binding: Binding): void {
    this.#table.remove(binding)
    this.#gone(binding, 'Unregistered')
  }

  #gone({ aor, contact, peer }: Binding, reason: string): void {
    this.#released(peer.flow)
    this.#options.onFull(false)
    this.#options.log.info('Registration Removed', {
      Service: 'SIP',
      AOR: `sip:${aor}`,
      Contact: contact,
      Reason: reason,
    })
  }

  #released(flow: SipFlow): void {
    this.#options.hold(flow, this.#table.uses(flow))
  }

  /** Every current binding with its seconds left. */
  #accept(transaction: ServerTransaction, aor: string): void {
    const { wall, random } = this.#options
    const now = wall.now()
    const contacts = this.#table.find(aor).map(({ contact, q, expiresAt }): [string, string] => {
      const seconds = Math.max(0, Math.round((expiresAt.getTime() - now.getTime()) / 1000))
      return ['Contact', `<${contact}>${q === 1 ? '' : `;q=${q}`};expires=${seconds}`]
    })
    const headers: [string, string][] = [...contacts, ['Date', now.toUTCString()]]
    transaction.respond(createResponse(transaction.request, 200, 'OK', { toTag: newTag(random), headers }))
  }

  #outOfOrder(transaction: ServerTransaction): void {
    this.#reject(transaction, 500, 'Server Internal Error', 'CSeq out of order')
  }

  #reject(
    transaction: ServerTransaction,
    status: number,
    phrase: string,
    reason: string,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    const { log, random } = this.#options
    const { request, flow } = transaction
    log.warn('Registration Rejected', { ...eventDetails(request, flow), 'Response-code': status, Reason: reason })
    transaction.respond(createResponse(request, status, phrase, { toTag: newTag(random), headers }))
  }
}

/** Of one address of record. */
const mostContacts = 10

/** RFC 3261 §10.3: the same Call-ID has to come with a higher CSeq. */
function isOutOfOrder({ callId, cseq }: Binding, request: SipRequest): boolean {
  return callId === request.callId && cseq >= (request.cseq?.number ?? 0)
}

function eventDetails(request: SipRequest, flow: SipFlow): Record<string, unknown> {
  return {
    Service: 'SIP',
    'Src-ip': flow.remote.address,
    'Src-port': flow.remote.port,
    Protocol: transportOf(flow),
    AOR: request.to?.uri,
    'Call-id': request.callId,
  }
}
