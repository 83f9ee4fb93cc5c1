import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import { makeRequest } from '#simulators/protocol/sip/build.ts'
import { party as address } from '#simulators/protocol/sip/dialog.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { from } from '#simulators/protocol/sip/message.ts'
import type { Session } from '#simulators/protocol/sip/session.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { Invitation } from '../sip/call-surroundings.ts'
import type { TrunkWay } from '../sip/call-leg.ts'
import { CallLeg, partyHeaders } from '../sip/call-leg.ts'
import type { SipTrunk, Trunks } from './trunks.ts'

export interface TrunkCallsOptions {
  readonly trunks: Trunks
  readonly agent: SipAgent
  readonly wall: WallClock
  readonly random: Random
  readonly address: string
  readonly control: { readonly configuration: UnifiedCmConfiguration; contactOn(link: SipLink): string }
}

/** Legs of calls that come in over a trunk or go out over one. */
export class TrunkCalls {
  readonly #options: TrunkCallsOptions

  constructor(options: TrunkCallsOptions) {
    this.#options = options
  }

  /** Of an INVITE that came over a trunk. */
  callerLeg(request: SipRequest, trunk: SipTrunk): CallLeg {
    const { displayName = '', uri } = from(request)
    const parsed = parseUri(uri)
    const number = (parsed === undefined ? undefined : uriUser(parsed)) ?? 'anonymous'
    return this.#leg({ number, name: displayName }, { trunk: trunk.name, isEarlyOffer: trunk.earlyOfferSupport })
  }

  /** Where a pattern leads to a trunk other than that of the caller. */
  calledLeg(number: string, host: string | undefined, callerDevice: string): CallLeg | undefined {
    const route = this.#options.trunks.route(number, host)
    if (route === undefined || route.trunk.name === callerDevice) return undefined
    const { trunk, domain } = route
    const way = { trunk: trunk.name, isEarlyOffer: trunk.earlyOfferSupport }
    return this.#leg({ number: route.number, name: '' }, domain === undefined ? way : { ...way, domain })
  }

  /** The INVITE to the trunk's destination; undefined where that cannot be reached. */
  async invite(leg: CallLeg, way: TrunkWay, invitation: Invitation): Promise<Session | undefined> {
    const { agent, random, trunks, control } = this.#options
    const trunk = control.configuration.sipTrunks.find(({ name }) => name === way.trunk)
    if (trunk === undefined) return undefined
    try {
      const link = await trunks.linkTo(trunk)
      const localTag = random.hex(16)
      const request = this.#request(leg, { trunk, way, invitation, link, localTag })
      return agent.call(request, { link, localTag, user: leg.user })
    } catch {
      // The destination refuses the connection or has no address: to the caller it is unavailable.
      return undefined
    }
  }

  #request(
    leg: CallLeg,
    more: { trunk: SipTrunk; way: TrunkWay; invitation: Invitation; link: SipLink; localTag: string },
  ): SipRequest {
    const { control, random, wall, address: own } = this.#options
    const { trunk, way, link, localTag } = more
    const { caller, callNumber, content } = more.invitation
    const { fqdn, serviceParameters } = control.configuration
    const user = encodeURIComponent(leg.party.number)
    const target = way.domain ?? trunk.destinationAddress
    const port = way.domain === undefined && trunk.destinationPort !== 5060 ? `:${trunk.destinationPort}` : ''
    return makeRequest({
      method: 'INVITE',
      uri: `sip:${user}@${target}${port}`,
      from: address(`sip:${encodeURIComponent(caller.number)}@${fqdn}`, { displayName: caller.name, tag: localTag }),
      to: address(`sip:${user}@${target}`),
      callId: `${random.hex(32)}@${own}`,
      cseq: 101,
      extra: [
        ...partyHeaders(control.configuration, caller, {
          contact: control.contactOn(link),
          now: wall.now(),
          role: 'calling',
          callNumber,
        }),
        ['Min-SE', String(serviceParameters.sipMinSeSeconds)],
        ['Session-Expires', String(serviceParameters.sipSessionExpiresSeconds)],
      ],
      ...(content === undefined ? {} : { content }),
    })
  }

  #leg(party: { number: string; name: string }, way: TrunkWay): CallLeg {
    const { random, wall, address: own } = this.#options
    return new CallLeg({
      party: { ...party, device: way.trunk },
      way,
      originId: random.integer(1, 999_999),
      address: own,
      clock: wall,
    })
  }
}
