import type { WallClock } from '#runtime/clock.ts'
import type { Connection, HostNetwork, Listener } from '#runtime/network.ts'
import type { Random } from '#runtime/random.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import { makeRequest } from '#simulators/protocol/sip/build.ts'
import { party as address } from '#simulators/protocol/sip/dialog.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { from, header } from '#simulators/protocol/sip/message.ts'
import type { Session } from '#simulators/protocol/sip/session.ts'
import { parseUri, uriUser } from '#simulators/protocol/sip/uri.ts'
import type { Cluster } from '../cluster.ts'
import type { ServerConfiguration } from '../configuration.ts'
import { ports } from '../ports.ts'
import type { Invitation } from '../sip/call-surroundings.ts'
import { CallLeg, partyHeaders } from '../sip/call-leg.ts'

export interface NodeCallsOptions {
  readonly network: HostNetwork
  readonly cluster: Cluster
  readonly agent: () => SipAgent
  readonly wall: WallClock
  readonly random: Random
  /** This node's own. */
  readonly address: string
}

/**
 * Calls between devices that are registered at different nodes of the cluster. Between nodes the product speaks SDL on
 * port 8002, which is not public; ours is SIP on that port: each node rings the devices that it has itself.
 */
export class NodeCalls implements AsyncDisposable {
  readonly #options: NodeCallsOptions
  readonly #links = new WeakSet<SipLink>()
  #listener: Listener | undefined

  constructor(options: NodeCallsOptions) {
    this.#options = options
  }

  /** Listens where the cluster has other nodes. */
  async open(): Promise<void> {
    if (this.#others.length === 0 || this.#listener !== undefined) return
    this.#listener = await this.#options.network.listenTcp({
      port: ports.nodes,
      protocol: 'SIP',
      onConnection: (connection) => void this.#accept(connection),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.stop()
  }

  /** Whether another node is at the end of a connection. */
  concerns(link: SipLink): boolean {
    return this.#links.has(link)
  }

  /** Of an INVITE that another node has sent for one of its devices. */
  callerLeg(request: SipRequest): CallLeg {
    const { displayName = '', uri } = from(request)
    const parsed = parseUri(uri)
    const number = (parsed === undefined ? undefined : uriUser(parsed)) ?? 'anonymous'
    return this.#leg({ number, name: displayName, device: header(request, callingDevice) ?? '' })
  }

  /** A leg to each of the other nodes, one of which may have devices on the line. */
  calledLegs(number: string): CallLeg[] {
    const name = this.#options.cluster.displayNameOf(number)
    return this.#others.map((server) => this.#leg({ number, name, device: server.name }, server))
  }

  /** Undefined where the node cannot be reached: nobody is registered there then. */
  async invite(leg: CallLeg, node: string, invitation: Invitation): Promise<Session | undefined> {
    const { agent, network, random } = this.#options
    try {
      const [found] = await network.resolver.addresses(node)
      const hop = { transport: 'TCP', address: found!, port: ports.nodes, serverName: node } as const
      const link = await agent().linkTo(hop)
      this.#links.add(link)
      const localTag = random.hex(16)
      return agent().call(this.#request(leg, { node, link, localTag, invitation }), { link, localTag, user: leg.user })
    } catch {
      return undefined
    }
  }

  get #others(): readonly ServerConfiguration[] {
    const { configuration, thisServer } = this.#options.cluster
    return configuration.servers.filter((server) => server !== thisServer)
  }

  /** Only nodes of the cluster are spoken to. */
  async #accept(connection: Connection): Promise<void> {
    const { network, agent } = this.#options
    const known = await Promise.allSettled(this.#others.map(({ fqdn }) => network.resolver.addresses(fqdn)))
    const addresses = known.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    if (!addresses.includes(connection.remote.address)) return connection.destroy()
    this.#links.add(agent().take(connection))
  }

  #request(
    { party }: CallLeg,
    more: { node: string; link: SipLink; localTag: string; invitation: Invitation },
  ): SipRequest {
    const { cluster, random, wall, address: own } = this.#options
    const { node, localTag } = more
    const { caller, callNumber, content } = more.invitation
    const { configuration } = cluster
    const user = encodeURIComponent(party.number)
    return makeRequest({
      method: 'INVITE',
      uri: `sip:${user}@${node}`,
      from: address(`sip:${encodeURIComponent(caller.number)}@${configuration.fqdn}`, {
        displayName: caller.name,
        tag: localTag,
      }),
      to: address(`sip:${user}@${node}`),
      callId: `${random.hex(32)}@${own}`,
      cseq: 101,
      extra: [
        ...partyHeaders(configuration, caller, {
          contact: `${own}:${ports.nodes};transport=tcp`,
          now: wall.now(),
          role: 'calling',
          callNumber,
        }),
        [callingDevice, caller.device],
      ],
      ...(content === undefined ? {} : { content }),
    })
  }

  #leg(party: CallLeg['party'], server?: ServerConfiguration): CallLeg {
    const { random, wall, address: own } = this.#options
    return new CallLeg({
      party,
      ...(server === undefined ? {} : { way: { node: server.fqdn, isEarlyOffer: true } }),
      originId: random.integer(1, 999_999),
      address: own,
      clock: wall,
    })
  }
}

/** Whose calling search space and region count. */
const callingDevice = 'X-Calling-Device'
