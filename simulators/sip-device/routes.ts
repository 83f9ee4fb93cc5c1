import type { Resolver } from '#runtime/resolve.ts'
import type { NextHop, SipAgent } from '#simulators/protocol/sip/agent.ts'
import { parameter } from '#simulators/protocol/sip/grammar.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import { parseUri } from '#simulators/protocol/sip/uri.ts'
import type { ServerSetting, SipDeviceUser } from './configuration.ts'

export class NoRoute extends Error {
  readonly code = 'MRA_NO_ROUTE'
}

/** How a device finds its way to whom it calls. */
export class Routes {
  readonly #agent: SipAgent
  readonly #resolver: Resolver
  readonly #user: SipDeviceUser

  constructor(agent: SipAgent, resolver: Resolver, user: SipDeviceUser) {
    this.#agent = agent
    this.#resolver = resolver
    this.#user = user
  }

  /** The connection to the registrar: its open one, or a new one. */
  async toRegistrar(): Promise<SipLink> {
    const { registrar } = this.#user
    if (registrar === undefined) throw new NoRoute(`${this.#user.id} has no registrar`)
    return this.#agent.linkTo(await this.#hopOf(registrar))
  }

  /** The connection for a request to this URI; rejects with what could not be reached. */
  async to(uri: string): Promise<SipLink> {
    const { callsBy, peer } = this.#user
    switch (callsBy) {
      case 'registrar':
        return this.toRegistrar()
      case 'peer':
        if (peer === undefined) throw new NoRoute(`${this.#user.id} has no peer`)
        return this.#agent.linkTo(await this.#hopOf(peer))
      case 'dns':
        return this.#byDns(uri)
      default:
        return callsBy satisfies never
    }
  }

  async #hopOf({ host, transport, port }: ServerSetting): Promise<NextHop> {
    const [address] = await this.#resolver.addresses(host)
    if (address === undefined) throw new NoRoute(`${host} has no address`)
    return { transport, address, port: port ?? standardPorts[transport], serverName: this.#resolver.qualified(host) }
  }

  /** RFC 3263 §4.2 with TLS first; the certificate has to name the domain that was dialled (RFC 5922 §7.2). */
  async #byDns(text: string): Promise<SipLink> {
    const uri = parseUri(text)
    if (uri === undefined) throw new NoRoute(`${text} is no SIP URI`)
    const { host, port } = uri
    const asked = parameter(uri.parameters, 'transport')?.toUpperCase()
    if (/^[\d.]+$/.test(host) || port !== undefined) {
      return this.#agent.linkTo(await this.#hopOf({ host, port, transport: asked === 'TLS' ? 'TLS' : 'TCP' }))
    }
    let failure: Error = new NoRoute(`${host} has no SRV records for SIP`)
    for (const [service, transport] of services) {
      for (const target of await this.#resolver.services(`${service}.${host}`)) {
        try {
          const [address] = await this.#resolver.addresses(target.name)
          if (address !== undefined) {
            return await this.#agent.linkTo({ transport, address, port: target.port, serverName: host })
          }
        } catch (error) {
          failure = error as Error
        }
      }
    }
    throw failure
  }
}

const services = [
  ['_sips._tcp', 'TLS'],
  ['_sip._tcp', 'TCP'],
] as const

const standardPorts = { TCP: 5060, TLS: 5061 }
