import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'
import type { Log } from '#runtime/log.ts'
import type { Service } from '#runtime/service.ts'
import { sipProductName } from '../../product-name.ts'
import type { StunRequest, StunResponse } from '../../protocol/stun/message.ts'
import {
  errorCode,
  isComprehensionRequired,
  readStunRequest,
  StunAttribute,
  StunMethod,
  unknownAttributes,
  writeStunResponse,
  xorMappedAddress,
} from '../../protocol/stun/message.ts'

export interface TurnServerOptions {
  readonly network: HostNetwork
  readonly log: Log
  /** The LAN interface towards the internet. */
  readonly address: string
  /** Page TURN, TURN services: On. */
  readonly isOn: () => boolean
}

export interface TurnServerStatus {
  readonly state: 'Active' | 'Inactive' | 'Failed'
  readonly port: number
  readonly reason?: string
}

/** Default port of the TURN page; realm of release X8. */
const turnPort = 3_478
const turnRealm = 'TANDBERG'

/**
 * TURN services of a VCS Expressway as far as they are modelled: Binding is answered (RFC 5389 §10), whoever wants a relay is
 * asked for credentials (§10.2.2) that nobody has. Nothing is ever relayed.
 */
export class TurnServer implements Service {
  readonly name = 'TURN services'
  readonly #options: TurnServerOptions
  #port: UdpPort | undefined
  #reason: string | undefined
  #turn: Promise<void> = Promise.resolve()

  private constructor(options: TurnServerOptions) {
    this.#options = options
  }

  static async start(options: TurnServerOptions): Promise<TurnServer> {
    const server = new TurnServer(options)
    await server.update()
    return server
  }

  /** TURN services have been switched on or off. */
  update(): Promise<void> {
    return (this.#turn = this.#turn.then(() => (this.#options.isOn() ? this.#open() : this.#close())))
  }

  status(): TurnServerStatus {
    if (this.#reason !== undefined) return { state: 'Failed', port: turnPort, reason: this.#reason }
    return { state: this.#port === undefined ? 'Inactive' : 'Active', port: turnPort }
  }

  async stop(): Promise<void> {
    await this.#turn
    await this.#close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #open(): Promise<void> {
    if (this.#port !== undefined) return
    const { network, address, log } = this.#options
    const onMessage = (datagram: Buffer, from: Endpoint) => this.#take(datagram, from)
    try {
      this.#port = await network.udp({ address, port: turnPort, protocol: 'STUN', onMessage })
      this.#reason = undefined
    } catch (error) {
      this.#reason = (error as Error).message
      log.error('TURN Services Failed', { Detail: this.#reason, Level: 1 })
    }
  }

  async #close(): Promise<void> {
    const port = this.#port
    this.#port = undefined
    this.#reason = undefined
    await port?.close()
  }

  #take(datagram: Buffer, from: Endpoint): void {
    const request = readStunRequest(datagram)
    if (request === undefined) return
    this.#port?.send(writeStunResponse(request, this.#answer(request, from)), from.port, from.address)
  }

  #answer({ method, attributes }: StunRequest, from: Endpoint): StunResponse {
    const software = [StunAttribute.software, Buffer.from(sipProductName)] as const
    if (method !== StunMethod.binding) {
      const { random } = this.#options.network
      return failed(401, 'Unauthorized', [
        [StunAttribute.realm, Buffer.from(turnRealm)],
        [StunAttribute.nonce, Buffer.from(random.hex(32))],
        software,
      ])
    }
    const unknown = attributes.filter((type) => isComprehensionRequired(type) && !known.has(type))
    if (unknown.length > 0) {
      return failed(420, 'Unknown Attribute', [[StunAttribute.unknownAttributes, unknownAttributes(unknown)], software])
    }
    return { isSuccess: true, attributes: [[StunAttribute.xorMappedAddress, xorMappedAddress(from)], software] }
  }
}

const known: ReadonlySet<number> = new Set(Object.values(StunAttribute))

function failed(code: number, reason: string, attributes: StunResponse['attributes']): StunResponse {
  return { isSuccess: false, attributes: [[StunAttribute.errorCode, errorCode(code, reason)], ...attributes] }
}
