import type { WallClock } from '#runtime/clock.ts'
import type { HostNetwork } from '#runtime/network.ts'
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
import type { Session } from '#simulators/protocol/sip/session.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'
import type { Cluster } from '../cluster.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import { ConferenceBridge } from '../conference/bridge.ts'
import { Conference } from '../conference/conference.ts'
import type { CallSurroundings, Invitation } from './call-surroundings.ts'
import { Call } from './call.ts'
import type { CallHistory, CallRecord } from './call-history.ts'
import { CallLeg, partyHeaders } from './call-leg.ts'
import type { NodeCalls } from '../nodes/node-calls.ts'
import { TrunkCalls } from '../trunk/trunk-calls.ts'
import type { SipTrunk, Trunks } from '../trunk/trunks.ts'
import type { DialogName } from './refer-to.ts'
import type { ReferralSurroundings } from './referrals.ts'
import { Referrals } from './referrals.ts'
import type { Registration, Registrations } from './registrations.ts'
import type { SecureDialling } from './secure-dialling.ts'
import { sessionInterval, supportsTimers } from './session-timer.ts'

export interface CallControlOptions {
  readonly network: HostNetwork
  readonly cluster: Cluster
  readonly registrations: Registrations
  readonly history: CallHistory
  readonly agent: SipAgent
  readonly secureDialling: SecureDialling
  readonly trunks: Trunks
  readonly nodeCalls: NodeCalls
  readonly wall: WallClock
  readonly random: Random
  /** This node's own address, for Contact and o=. */
  readonly address: string
}

const maxCalls = 5_000

/** Of a device or trunk that was deleted in its call. */
const defaultPool = { devicePool: 'Default' }

/** Who calls whom: identifies the calling device, looks the number up, and makes a `Call` of two dialogs. */
export class CallControl implements CallSurroundings<Call>, ReferralSurroundings {
  readonly agent: SipAgent
  readonly history: CallHistory
  readonly wall: WallClock
  readonly address: string
  readonly random: Random
  readonly #options: CallControlOptions
  readonly #calls = new Set<Call>()
  readonly #conferences = new Set<Conference>()
  readonly #referrals: Referrals
  readonly #trunkCalls: TrunkCalls

  constructor(options: CallControlOptions) {
    this.#options = options
    this.agent = options.agent
    this.history = options.history
    this.wall = options.wall
    this.random = options.random
    this.address = options.address
    this.#referrals = new Referrals(this)
    this.#trunkCalls = new TrunkCalls({ ...options, control: this })
  }

  get configuration(): UnifiedCmConfiguration {
    return this.#options.cluster.configuration
  }

  get current(): readonly Call[] {
    return [...this.#calls]
  }

  /** An INVITE outside any dialog; `trunk` where it came over one. */
  receive(request: SipRequest, transaction: ServerTransaction, trunk?: SipTrunk): void {
    transaction.respond({ status: 100, extra: [['Server', 'Cisco-CUCM9.1']] })
    const refusal = this.#malformed(request)
    if (refusal !== undefined) return this.#refuse(transaction, refusal)
    if (trunk !== undefined) return this.#begin(request, transaction, this.#trunkCalls.callerLeg(request, trunk))
    const { nodeCalls } = this.#options
    if (nodeCalls.concerns(transaction.link))
      return this.#begin(request, transaction, nodeCalls.callerLeg(request), true)
    const caller = this.#callerOf(request, transaction.link)
    if (caller === undefined) {
      const { address, port } = transaction.link.remote
      const warning = `Unable to find a device handler for the request received on port ${port} from ${address}`
      return this.#refuse(transaction, { status: 403, extra: [this.#warning(warning)] })
    }
    this.#begin(request, transaction, this.#leg(caller))
  }

  /** 422 for a session interval below the minimum, from a device that knows session timers. RFC 4028 §9. */
  intervalRefusal(request: SipRequest): ResponseParts | undefined {
    const least = this.configuration.serviceParameters.sipMinSeSeconds
    const asked = sessionInterval(request)
    if (asked === undefined || asked.seconds >= least || !supportsTimers(request)) return undefined
    return { status: 422, extra: [['Min-SE', String(least)]] }
  }

  /** Rings a leg's device at its registered contact, or over its trunk; undefined where it cannot be reached. */
  async invite(leg: CallLeg, invitation: Invitation): Promise<Session | undefined> {
    if (leg.way !== undefined) {
      const { way } = leg
      if ('node' in way) return this.#options.nodeCalls.invite(leg, way.node, invitation)
      return this.#trunkCalls.invite(leg, way, invitation)
    }
    const registration = this.#options.registrations.find(leg.party.device, leg.party.number)
    if (registration === undefined) return undefined
    try {
      const link = await this.#linkTo(registration)
      const localTag = this.#options.random.hex(16)
      const request = this.#inviteFor(registration, { ...invitation, localTag, link })
      return this.agent.call(request, { link, localTag, user: leg.user })
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
    for (const conference of this.#conferences) conference.stop()
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

  #begin(request: SipRequest, transaction: ServerTransaction, leg: CallLeg, isFromNode = false): void {
    const number = calledNumber(request)
    const { number: line, device } = leg.party
    const record = this.history.begin({ number: line, device }, number, this.wall.now())
    const refuse = (parts: ResponseParts, cause: string) => {
      record.status = parts.status
      record.cause = cause
      record.end = this.wall.now().toISOString()
      this.#refuse(transaction, parts)
    }
    const found = isFromNode
      ? this.#targetsHere(number, device)
      : this.targetsOf(number, device, parseUri(request.uri)?.host)
    if (typeof found === 'number') return refuse({ status: found, extra: [reasons[found]!] }, causes[found]!)
    const offer = leg.descriptionIn(request)
    if (offer === 'unreadable') {
      const refusal = { status: 415, extra: [['Accept', 'application/sdp'] as const] }
      return refuse(refusal, 'description not understood')
    }
    this.#open(record, leg).begin(transaction, offer, found)
  }

  /**
   * Legs for the devices on a line but the caller's own, or for the trunk that a pattern leads to; the status where
   * nobody can be called. `host` is that of the called URI.
   */
  targetsOf(number: string, callerDevice: string, host?: string): CallLeg[] | 404 | 480 {
    const { cluster } = this.#options
    if (!cluster.hasLine(number) || !cluster.mayCall(callerDevice, number)) {
      const leg = this.#trunkCalls.calledLeg(number, host, callerDevice)
      return leg === undefined ? 404 : [leg]
    }
    const here = this.#targetsHere(number, callerDevice)
    const elsewhere = this.#options.nodeCalls.calledLegs(number)
    if (here === 480) return elsewhere.length === 0 ? 480 : elsewhere
    return [...here, ...elsewhere]
  }

  /** For what another node asks, which asks all of them: those registered at this one. */
  #targetsHere(number: string, callerDevice: string): CallLeg[] | 480 {
    const targets = this.#options.registrations.onLine(number).filter((each) => each.device !== callerDevice)
    return targets.length === 0 ? 480 : targets.map((target) => this.#leg(target))
  }

  /** A call that a transfer makes of legs that are there. */
  openTransferred(caller: CallLeg, number: string): Call {
    const { number: line, device } = caller.party
    return this.#open(this.history.begin({ number: line, device }, number, this.wall.now()), caller)
  }

  /** The answered call one of whose dialogs is called so, and the leg it is. */
  legWith(name: DialogName): { readonly call: Call; readonly leg: CallLeg } | undefined {
    for (const call of this.#calls) {
      const leg = call.legs.find((each) => each.owner === call && each.isNamed(name))
      if (leg !== undefined) return { call, leg }
    }
    return undefined
  }

  openConference(controller: CallLeg): Conference {
    const { network, cluster } = this.#options
    const device = cluster.poolMember(controller.party.device) ?? defaultPool
    const conference: Conference = new Conference({
      control: this,
      bridge: new ConferenceBridge({ network }),
      record: this.history.beginConference(controller.party.number, this.wall.now()),
      rates: cluster.bitRates(device, device),
      joinLastTwo: (one, other) => {
        const call = this.openTransferred(one, other.party.number)
        call.join(other, { connected: () => {}, failed: () => [one, other].forEach((leg) => leg.end()) })
      },
      onEnded: () => void this.#conferences.delete(conference),
    })
    this.#conferences.add(conference)
    return conference
  }

  #open(record: CallRecord, caller: CallLeg): Call {
    const { cluster } = this.#options
    const callerDevice = cluster.poolMember(caller.party.device) ?? defaultPool
    const call: Call = new Call({
      control: this,
      record,
      caller,
      rates: (leg) => cluster.bitRates(callerDevice, cluster.poolMember(leg.party.device) ?? callerDevice),
      onRefer: (from, leg, request, transaction) => this.#referrals.receive(from, leg, request, transaction),
    })
    this.#calls.add(call)
    return call
  }

  #leg({ device, line }: Registration): CallLeg {
    return new CallLeg({
      party: { number: line, name: this.#options.cluster.displayNameOf(line), device },
      originId: this.#options.random.integer(1, 999_999),
      address: this.address,
      clock: this.wall,
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

const reasons: Readonly<Record<number, readonly [string, string]>> = {
  404: ['Reason', 'Q.850;cause=1'],
  480: ['Reason', 'Q.850;cause=20'],
}
const causes: Readonly<Record<number, string>> = { 404: 'unallocated number', 480: 'not registered' }

function calledNumber(request: SipRequest): string {
  const uri = parseUri(request.uri)
  return (uri === undefined ? undefined : uriUser(uri)) ?? ''
}
