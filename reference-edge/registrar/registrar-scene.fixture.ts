import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { AuthenticationPolicy } from '../control/authentication-policy.ts'
import { startSipListeners } from '../control/sip-listeners.ts'
import { SipSide } from '../control/sip-side.ts'
import { SipConnection } from '../protocol/sip/connection.ts'
import type { SipMessage, SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createRequest, createResponse } from '../protocol/sip/message.ts'
import { NeighborZones } from '../unified-cm/zones.ts'
import type { RunningDeviceServices } from './start-device-services.ts'
import { startDeviceServices } from './start-device-services.ts'

/** A third-party device of a test: a real connection to the Control's SIP port. */
export class TestDevice implements AsyncDisposable {
  readonly received: SipMessage[] = []
  readonly #connection: SipConnection
  #taken = 0
  #branch = 0

  private constructor(connection: SipConnection) {
    this.#connection = connection
  }

  static async connect({ host, deviceHost }: RegistrarScene, port: 5060 | 5061): Promise<TestDevice> {
    const to = { address: host.environment.address, port }
    const { network } = deviceHost
    const connection =
      port === 5060
        ? await network.dialTcp({ to, protocol: 'SIP' })
        : await network.dialTls({ to, protocol: 'SIP', tls: { serverName: 'vcsc1.example.com', acceptAny: true } })
    const device: TestDevice = new TestDevice(
      new SipConnection(connection, {
        network,
        isDialled: true,
        onMessage: (message) => {
          if (message.kind === 'request') device.#connection.send(createResponse(message, 200, 'OK', { toTag: 'd' }))
          device.received.push(message)
        },
      }),
    )
    return device
  }

  /** As it stands in a Contact. */
  get hostPort(): string {
    return `${this.#connection.local.address}:${this.#connection.local.port}`
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  /** Sends a request of `dave` unless another From is given, and waits for its final response. */
  async ask(
    method: string,
    requestUri: string,
    headers: ReadonlyArray<readonly [string, string]>,
    body = '',
  ): Promise<SipResponse> {
    const branch = `z9hG4bKd${++this.#branch}`
    const request = createRequest({
      method,
      requestUri,
      headers: [
        ['Via', `SIP/2.0/${this.#connection.transport} ${this.hostPort};branch=${branch}`],
        ['Max-Forwards', '70'],
        ...headers,
      ],
      body,
    })
    this.#connection.send(request)
    return waitFor(`an answer to ${method}`, () =>
      this.received
        .filter((message) => message.kind === 'response')
        .find((message) => message.status >= 200 && message.topVia?.parameters.get('branch') === branch),
    )
  }

  /** The next request that came in; it was answered with 200. */
  async nextRequest(): Promise<SipRequest> {
    const requests = () => this.received.filter((message) => message.kind === 'request')
    const request = await waitFor('a request', () => requests()[this.#taken])
    this.#taken++
    return request
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.destroy('the test is over')
  }
}

export interface RegistrarScene extends AsyncDisposable {
  readonly host: TestHost
  readonly deviceHost: TestHost
  readonly devices: RunningDeviceServices
  readonly sip: SipSide
  readonly wasFull: boolean[]
  readonly failures: string[]
  service: 'On' | 'Off'
  policy: AuthenticationPolicy
  isInMaintenance: boolean
  limit: number
}

/** The SIP listeners of a Control with its device services, on the loopback network. */
export async function openRegistrarScene(options: { subnet: string; limit?: number }): Promise<RegistrarScene> {
  const running = new AsyncDisposableStack()
  const host = testHost({ name: 'vcsc1', address: `${options.subnet}.10`, identity: selfSigned('vcsc1.example.com') })
  const deviceHost = testHost({ name: 'dave', address: `${options.subnet}.61` })
  const { environment } = host
  const own = { fqdn: environment.fqdn, address: environment.address }
  const scene = {
    service: 'On' as 'On' | 'Off',
    policy: 'Do not check credentials' as AuthenticationPolicy,
    isInMaintenance: false,
    limit: options.limit ?? 2_500,
  }
  const sip = running.use(new SipSide(environment))
  const zones = new NeighborZones(environment, sip)
  running.defer(() => zones.stop())
  const wasFull: boolean[] = []
  const failures: string[] = []
  const devices = running.use(
    startDeviceServices({
      environment,
      own,
      sip,
      settings: {
        get isInMaintenance() {
          return scene.isInMaintenance
        },
        deviceService: (domain) => (domain.toLowerCase() === 'example.com' ? scene.service : undefined),
        registrationPeriod: () => ({ minimum: 45, maximum: 60 }),
        devicePolicy: () => scene.policy,
        devicePassword: (name) => (name === 'dave' ? 's3cret' : undefined),
      },
      onFull: (isFull) => void wasFull.push(isFull),
      onFailure: ({ category, source }) => void failures.push(`${category} ${source}`),
      limit: scene.limit,
      proxied: () => 0,
    }),
  )
  sip.decideBy({
    onRequest(transaction, from) {
      if (from === undefined && devices.services.take(transaction)) return
      transaction.respond(createResponse(transaction.request, 403, 'Forbidden', { toTag: 'x' }))
    },
    onAck: () => undefined,
    onFlowClosed: () => undefined,
  })
  running.use(await startSipListeners(environment, sip, zones))
  running.defer(() => host.wall.stop())
  return Object.assign(scene, {
    host,
    deviceHost,
    devices,
    sip,
    wasFull,
    failures,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}
