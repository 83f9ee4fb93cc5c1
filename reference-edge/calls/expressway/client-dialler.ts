import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint } from '#runtime/network.ts'
import { sipSourcePorts } from '../../control/sip-peer.ts'
import type { ClientSession } from './client-session.ts'
import type { LostRegistration } from './lost-registrations.ts'

export interface ClientDiallerOptions {
  readonly environment: HostEnvironment
  /** The LAN interface towards the internet. */
  readonly from: string
  /** Makes a connection one of a client of which nothing is proved. */
  readonly open: (connection: Connection) => ClientSession
  readonly onFailure: (to: Endpoint, error: Error) => void
}

/**
 * The only connections an Expressway opens towards the internet for SIP (guide: port reference, Expressway to internet):
 * to clients whose own connection is lost, at the address from which they had proved who they are. The certificate there
 * is not verified: no CA speaks for the address of a client. So what comes over such a connection counts as nobody's
 * until it brings credentials.
 */
export class ClientDialler {
  readonly #options: ClientDiallerOptions
  readonly #underWay = new Map<string, Promise<ClientSession | undefined>>()
  readonly #open = new Map<string, ClientSession>()
  #isStopped = false

  constructor(options: ClientDiallerOptions) {
    this.#options = options
  }

  /** Gives a lost registration a connection to its client, if one can be had; contacts at one place share it. */
  async reach(lost: LostRegistration): Promise<void> {
    const place = `${lost.listening.address}:${lost.listening.port}`
    for (const [other, { flow }] of this.#open) if (!flow.isOpen) this.#open.delete(other)
    const session = this.#open.get(place) ?? (await this.#sharedDial(place, lost.listening))
    if (session !== undefined) lost.session = session
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { flow } of this.#open.values()) flow.destroy('stopped')
    await Promise.all(this.#underWay.values())
  }

  #sharedDial(place: string, to: Endpoint): Promise<ClientSession | undefined> | undefined {
    const underWay = this.#underWay.get(place)
    if (underWay !== undefined || this.#isStopped || this.#underWay.size >= mostDials) return underWay
    const dialling = this.#dial(place, to).finally(() => this.#underWay.delete(place))
    this.#underWay.set(place, dialling)
    return dialling
  }

  async #dial(place: string, to: Endpoint): Promise<ClientSession | undefined> {
    try {
      const connection = await this.#connect(to)
      if (this.#isStopped) connection.destroy()
      else {
        const session = this.#options.open(connection)
        this.#open.set(place, session)
        return session
      }
    } catch (error) {
      this.#options.onFailure(to, error as Error)
    }
    return undefined
  }

  /** Both handshakes have to be over within the limit. */
  #connect(to: Endpoint): Promise<Connection> {
    const { environment, from } = this.#options
    const { network, identity, clocks } = environment
    const tls = { serverName: to.address, acceptAny: true, ...(identity === undefined ? {} : { identity }) }
    return new Promise((resolve, reject) => {
      let isOver = false
      const limit = clocks.monotonic.after(dialMs, () => {
        isOver = true
        reject(new Error(`no TLS within ${dialMs} ms`))
      })
      network.dialTls({ to, from, protocol: 'SIP', sourcePorts: sipSourcePorts, timeoutMs: dialMs, tls }).then(
        (connection) => {
          limit.cancel()
          if (isOver) connection.destroy()
          else resolve(connection)
        },
        (error: Error) => {
          limit.cancel()
          reject(error)
        },
      )
    })
  }
}

const dialMs = 2_000
/** Under way at one time; further requests are answered as if there were nobody. */
const mostDials = 8
