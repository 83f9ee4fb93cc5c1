import type { HostNetwork, TlsIdentity } from '#runtime/network.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import { parseUri } from '#simulators/protocol/sip/uri.ts'
import type { Cluster } from '../cluster.ts'
import type { PhoneSecurityProfile } from '../configuration.ts'
import type { Registration } from './registrations.ts'

export interface SecureDiallingOptions {
  readonly network: HostNetwork
  readonly cluster: Cluster
  readonly agent: () => SipAgent
  readonly identity: () => TlsIdentity | undefined
}

/**
 * Unified CM as TLS client (wire facts §6.4): requests to a secure device go over a connection of its own to the
 * device's Contact once the one it registered on is gone. Whoever answers has to show a certificate that leads to
 * CallManager-trust and holds the Name of the device's profile.
 */
export class SecureDialling {
  readonly #options: SecureDiallingOptions
  readonly #links = new Map<string, Promise<SipLink>>()

  constructor(options: SecureDiallingOptions) {
    this.#options = options
  }

  /** An open connection to the device, or a new one; rejects where it cannot be reached or is not who it should be. */
  async linkTo(registration: Registration, profile: PhoneSecurityProfile): Promise<SipLink> {
    const key = `${registration.contact.uri} ${profile.name}`
    const known = await this.#links.get(key)?.catch(() => undefined)
    if (known?.isOpen === true) return known
    const dialling = this.#dial(registration, profile)
    this.#links.set(key, dialling)
    const forget = () => void (this.#links.get(key) === dialling && this.#links.delete(key))
    dialling.then((link) => link.connection.stream.once('close', forget), forget)
    return dialling
  }

  async #dial({ contact }: Registration, profile: PhoneSecurityProfile): Promise<SipLink> {
    const { network, cluster, agent, identity } = this.#options
    const uri = parseUri(contact.uri)
    const [address] = uri === undefined ? [] : await network.resolver.addresses(uri.host)
    if (address === undefined) throw new Error(`${contact.uri} has no address`)
    const own = identity()
    const connection = await network.dialTls({
      to: { address, port: profile.sipPhonePort },
      protocol: 'SIP',
      tls: {
        serverName: profile.name,
        trust: cluster.trusted('CallManager-trust'),
        ...(own === undefined ? {} : { identity: own }),
      },
    })
    return agent().take(connection)
  }
}
