import * as v from 'valibot'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Listener, TlsIdentity } from '#runtime/network.ts'
import { service } from '#runtime/service.ts'
import { listenForClients } from '#simulators/protocol/xmpp/client-streams.ts'
import type { WebexConfiguration } from './configuration.ts'
import { changes, parseWebexConfiguration } from './configuration.ts'
import { Organization } from './organization.ts'
import { WebService } from './web-service.ts'

/**
 * The WebEx Messenger cloud as one host: the Central Authentication Service on 80 and 443, XMPP on 5222.
 * Management: `state`, `history`, `set`.
 */
export async function startWebex(
  environment: HostEnvironment,
  configuration: unknown,
  signal: AbortSignal,
): Promise<Host> {
  const cloud = new Cloud(environment, parseWebexConfiguration(configuration))
  signal.throwIfAborted()
  await cloud.start()
  return {
    ...service(environment.name, () => cloud.stop()),
    management: {
      state: async () => cloud.state(),
      history: async () => cloud.history(),
      set: async (change: unknown) => cloud.set(change),
    },
  }
}

class Cloud {
  readonly #environment: HostEnvironment
  readonly #identity: TlsIdentity
  readonly #organization: Organization
  readonly #webService: WebService
  readonly #ports: WebexConfiguration['ports']
  #services: WebexConfiguration['services']
  #web: readonly Listener[] = []
  #xmpp: Listener | undefined
  /** Changes of services happen one after the other. */
  #applying: Promise<void> = Promise.resolve()

  constructor(environment: HostEnvironment, configuration: WebexConfiguration) {
    const { identity, clocks, random, fqdn } = environment
    if (identity === undefined) throw new Error('the WebEx cloud needs a certificate')
    this.#environment = environment
    this.#identity = identity
    this.#services = configuration.services
    this.#ports = configuration.ports
    this.#organization = new Organization(configuration, clocks.wall, random)
    this.#webService = new WebService(this.#organization, { host: fqdn, xmppPort: configuration.ports.xmpp })
  }

  async start(): Promise<void> {
    try {
      await this.#apply()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async set(change: unknown): Promise<void> {
    const { services = {}, users } = v.parse(changes, change)
    const { web = this.#services.web, messaging = this.#services.messaging } = services
    this.#services = { web, messaging }
    if (users !== undefined) this.#organization.users = users
    await (this.#applying = this.#applying.then(() => this.#apply()))
  }

  async stop(): Promise<void> {
    this.#services = { web: false, messaging: false }
    await this.#apply()
  }

  state(): unknown {
    const { domain, sessions } = this.#organization
    return {
      ready: true,
      domain,
      services: this.#services,
      sessions: sessions.map(({ jid, address, presence }) => {
        return {
          jid,
          address,
          presence: presence === undefined ? null : (presence.getChildText('show') ?? 'available'),
        }
      }),
      listeners: [...this.#web, ...(this.#xmpp === undefined ? [] : [this.#xmpp])].map(({ protocol, local }) => {
        return { protocol, ...local }
      }),
    }
  }

  history(): unknown {
    const { messages, logins } = this.#organization
    return { messages, logins, lookups: this.#webService.lookups }
  }

  /** Opens and closes the ports as the services say. */
  async #apply(): Promise<void> {
    const { web, messaging } = this.#services
    if (web && this.#web.length === 0) this.#web = [await this.#listen('http'), await this.#listen('https')]
    if (!web) {
      const listeners = this.#web
      this.#web = []
      for (const listener of listeners) await listener.stop()
    }
    if (messaging) {
      const { xmpp } = this.#ports
      this.#xmpp ??= await listenForClients(this.#environment, this.#organization, this.#identity, xmpp)
      return
    }
    this.#organization.closeAll('system-shutdown')
    await this.#xmpp?.stop()
    this.#xmpp = undefined
  }

  #listen(scheme: 'http' | 'https'): Promise<Listener> {
    return this.#environment.network.listenHttp({
      port: this.#ports[scheme],
      ...(scheme === 'https' ? { tls: { identity: this.#identity } } : {}),
      handler: async (request) => this.#webService.answer(request, scheme),
    })
  }
}
