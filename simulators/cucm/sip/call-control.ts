import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { ResponseParts } from '#simulators/protocol/sip/build.ts'
import { makeRequest } from '#simulators/protocol/sip/build.ts'
import { party as address } from '#simulators/protocol/sip/dialog.ts'
import { parameter } from '#simulators/protocol/sip/grammar.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { contacts, from, header } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { Session, SessionUser } from '#simulators/protocol/sip/session.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'
import type { Cluster } from '../cluster.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { CallSurroundings, Invitation } from './call-surroundings.ts'
import { Call } from './call.ts'
import type { CallHistory } from './call-history.ts'
import { CallLeg, descriptionOf, partyHeaders } from './call-leg.ts'
import type { Registration, Registrations } from './registrations.ts'
import type { SecureDialling } from './secure-dialling.ts'
import { sessionInterval, supportsTimers } from './session-timer.ts'

export interface CallControlOptions {
  readonly cluster: Cluster
  readonly registrations: Registrations
  readonly history: CallHistory
  readonly agent: SipAgent
  readonly secureDialling: SecureDialling
  readonly wall: WallClock
  readonly random: Random
  /** This node's own address, for Contact and o=. */
  readonly address: string
}

const maxCalls = 5_000

/** Who calls whom: identifies the calling device, looks the number up, and makes a `Call` of two dialogs. */
export class CallControl implements CallSurroundings<Call> {
  readonly agent: SipAgent
  readonly history: CallHistory
  readonly wall: WallClock
  readonly address: string
  readonly #options: CallControlOptions
  readonly #calls = new Set<Call>()

  constructor(options: CallControlOptions) {
    this.#options = options
    this.agent = options.agent
    this.history = options.history
    this.wall = options.wall
    this.address = options.address
  }

  get configuration(): UnifiedCmConfiguration {
    return this.#options.cluster.configuration
  }

  get current(): readonly Call[] {
    return [...this.#calls]
  }

  /** An INVITE outside any dialog. */
  receive(request: SipRequest, transaction: ServerTransaction): void {
    transaction.respond({ status: 100, extra: [['Server', 'Cisco-CUCM9.1']] })
    const refusal = this.#malformed(request)
    if (refusal !== undefined) return this.#refuse(transaction, refusal)
    const caller = this.#callerOf(request, transaction.link)
    if (caller === undefined) {
      const { address, port } = transaction.link.remote
      const warning = `Unable to find a device handler for the request received on port ${port} from ${address}`
      return this.#refuse(transaction, { status: 403, extra: [this.#warning(warning)] })
    }
    this.#begin(request, transaction, caller)
  }

  /** 422 for a session interval below the minimum, from a device that knows session timers. RFC 4028 §9. */
  intervalRefusal(request: SipRequest): ResponseParts | undefined {
    const least = this.configuration.serviceParameters.sipMinSeSeconds
    const asked = sessionInterval(request)
    if (asked === undefined || asked.seconds >= least || !supportsTimers(request)) return undefined
    return { status: 422, extra: [['Min-SE', String(least)]] }
  }

  /** Rings a leg's device at its registered contact; undefined where it cannot be reached. */
  async invite(leg: CallLeg, invitation: Invitation, user: SessionUser): Promise<Session | undefined> {
    const registration = this.#options.registrations.find(leg.party.device, leg.party.number)
    if (registration === undefined) return undefined
    try {
      const link = await this.#linkTo(registration)
      const localTag = this.#options.random.hex(16)
      const request = this.#inviteFor(registration, { ...invitation, localTag, link })
      return this.agent.call(request, { link, localTag, user })
    } catch {
      // The device's connection is gone and its Contact cannot be dialled: to the caller it is unavailable.
      return undefined
    }
  }

  /** Host, port and transport of a Contact of ours on a connection. */
  contactOn(link: SipLink): string {
    const { host, port } = this.agent.contactOf(link)
    return `${host}:${port};transport=${link.transport.toLowerCase()}`
  }

  forget(call: Call): void {
    this.#calls.delete(call)
  }

  stop(): void {
    for (const call of this.#calls) call.stop()
  }

  /** The connection a device registered on, while it is open; then its Contact is dialled. */
  async #linkTo(registration: Registration): Promise<SipLink> {
    if (registration.link.isOpen) return registration.link
    const { cluster, secureDialling } = this.#options
    const device = cluster.device(registration.device)
    const profile = device === undefined ? undefined : cluster.secureProfileOf(device)
    return profile === undefined
      ? this.agent.linkForUri(registration.contact.uri)
      : secureDialling.linkTo(registration, profile)
  }

  #begin(request: SipRequest, transaction: ServerTransaction, caller: Registration): void {
    const { cluster, registrations } = this.#options
    const number = calledNumber(request)
    const record = this.history.begin({ number: caller.line, device: caller.device }, number, this.wall.now())
    const refuse = (parts: ResponseParts, cause: string) => {
      record.status = parts.status
      record.cause = cause
      record.end = this.wall.now().toISOString()
      this.#refuse(transaction, parts)
    }
    if (!cluster.hasLine(number))
      return refuse({ status: 404, extra: [['Reason', 'Q.850;cause=1']] }, 'unallocated number')
    const targets = registrations.onLine(number).filter((each) => each.device !== caller.device)
    if (targets.length === 0) return refuse({ status: 480, extra: [['Reason', 'Q.850;cause=20']] }, 'not registered')
    const offer = descriptionOf(request)
    if (offer === 'unreadable') {
      const refusal = { status: 415, extra: [['Accept', 'application/sdp'] as const] }
      return refuse(refusal, 'description not understood')
    }
    const callerDevice = cluster.device(caller.device)!
    const call: Call = new Call({
      control: this,
      record,
      caller: this.#leg(caller, 'caller', (leg) => call.expire(leg)),
      rates: (leg) => cluster.bitRates(callerDevice, cluster.device(leg.party.device) ?? callerDevice),
    })
    this.#calls.add(call)
    call.begin(
      transaction,
      offer,
      targets.map((target) => this.#leg(target, 'called', (leg) => call.expire(leg))),
    )
  }

  #leg({ device, line }: Registration, side: 'caller' | 'called', onExpired: (leg: CallLeg) => void): CallLeg {
    return new CallLeg({
      party: { number: line, name: this.#options.cluster.displayNameOf(line), device },
      side,
      originId: this.#options.random.integer(1, 999_999),
      address: this.address,
      clock: this.wall,
      onExpired,
    })
  }

  #inviteFor({ contact, line }: Registration, more: Invitation & { localTag: string; link: SipLink }): SipRequest {
    const { caller, callNumber, content, localTag, link } = more
    const { sipSessionExpiresSeconds, sipMinSeSeconds } = this.configuration.serviceParameters
    return makeRequest({
      method: 'INVITE',
      uri: contact.uri,
      from: address(`sip:${encodeURIComponent(caller.number)}@${this.configuration.fqdn}`, {
        displayName: caller.name,
        tag: localTag,
      }),
      to: address(`sip:${encodeURIComponent(line)}@${this.configuration.fqdn}`),
      callId: `${this.#options.random.hex(32)}@${this.address}`,
      cseq: 101,
      extra: [
        ...partyHeaders(this.configuration, caller, {
          contact: this.contactOn(link),
          now: this.wall.now(),
          role: 'calling',
          callNumber,
        }),
        ['Min-SE', String(sipMinSeSeconds)],
        ['Session-Expires', String(sipSessionExpiresSeconds)],
      ],
      ...(content === undefined ? {} : { content }),
    })
  }

  #malformed(request: SipRequest): ResponseParts | undefined {
    if (header(request, 'Max-Forwards') === '0') return { status: 483 }
    if (contacts(request)?.[0] === undefined) return { status: 400, reason: 'Missing Contact' }
    if (parseUri(request.uri) === undefined) return { status: 416 }
    if (this.#calls.size >= maxCalls) return { status: 503 }
    return this.intervalRefusal(request)
  }

  /** The registration the INVITE comes from: by device name, contact, connection or source address, in this order. */
  #callerOf(request: SipRequest, link: SipLink): Registration | undefined {
    const uri = parseUri(from(request).uri)
    const line = uri === undefined ? undefined : uriUser(uri)
    if (line === undefined) return undefined
    const candidates = this.#options.registrations.onLine(line)
    const [contact] = contacts(request) ?? []
    const name = contact && parameter(contact.parameters, '+u.sip!devicename.ccm.cisco.com')
    const user = contact && parseUri(contact.uri)?.user
    return (
      (name === undefined ? undefined : candidates.find((each) => each.device.toUpperCase() === name.toUpperCase())) ??
      candidates.find((each) => user !== undefined && parseUri(each.contact.uri)?.user === user) ??
      candidates.find((each) => each.link === link) ??
      candidates.find((each) => each.link.remote.address === link.remote.address)
    )
  }

  #refuse(transaction: ServerTransaction, parts: ResponseParts): void {
    const extra = [['Date', this.wall.now().toUTCString()] as const, ['Server', 'Cisco-CUCM9.1'] as const]
    const toTag = this.#options.random.hex(16)
    transaction.respond({ toTag, ...parts, extra: [...extra, ...(parts.extra ?? [])] })
  }

  #warning(says: string): readonly [string, string] {
    return ['Warning', `399 ${this.configuration.nodeName} "${says}"`]
  }
}

function calledNumber(request: SipRequest): string {
  const uri = parseUri(request.uri)
  return (uri === undefined ? undefined : uriUser(uri)) ?? ''
}
