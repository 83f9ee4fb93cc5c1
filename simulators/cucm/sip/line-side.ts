import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { tokens } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { Cluster } from '../cluster.ts'
import { NodeCalls } from '../nodes/node-calls.ts'
import { ports } from '../ports.ts'
import { TrunkRequests } from '../trunk/trunk-requests.ts'
import { Trunks } from '../trunk/trunks.ts'
import { CallControl } from './call-control.ts'
import type { CallHistory } from './call-history.ts'
import { allowedMethods } from './call-leg.ts'
import { DeviceNotices } from './device-notices.ts'
import { LineListeners } from './line-listeners.ts'
import { Registrar } from './registrar.ts'
import type { Registration, Registrations } from './registrations.ts'
import { SecureDialling } from './secure-dialling.ts'
import { StationThrottle } from './station-throttle.ts'

/** The Cisco CallManager service: registrar and call control on the SIP phone ports of this node. */
export interface LineSide extends Service {
  readonly callsNow: number
  /** Ports it listens on now, those of trunks behind those of the lines. */
  readonly ports: readonly number[]
  readonly throttled: { readonly stalled: number; readonly closed: number }
  /** Remote call control: what the device is to show; the final status of its REFER. */
  showStatus(device: string, text: string): Promise<number>
}

export async function startLineSide(
  environment: HostEnvironment,
  cluster: Cluster,
  memory: { readonly registrations: Registrations; readonly history: CallHistory },
): Promise<LineSide> {
  const { network, clocks, random } = environment
  const { registrations, history } = memory
  const log = environment.log.child('sip')
  const throttle = new StationThrottle({
    clocks,
    log,
    threshold: () => cluster.configuration.serviceParameters.sipStationTcpPortThrottleThreshold,
  })
  const onConnection = (connection: Connection) => {
    agent.take(connection)
    throttle.watch(connection)
  }
  const trunks = new Trunks({
    network,
    cluster,
    log: environment.log.child('sip-trunk'),
    agent: () => agent,
    identity: () => listeners.identity,
    onConnection: (connection) => void agent.take(connection),
  })
  const listeners = new LineListeners({ environment, cluster, log, onConnection })
  const { identity } = listeners
  const agent: SipAgent = new SipAgent({
    network,
    clock: clocks.monotonic,
    random,
    ports: {
      get tcp() {
        return cluster.thisServer.sipPhonePort
      },
      get tls() {
        return cluster.thisServer.sipPhoneSecurePort
      },
    },
    portFor: (link) => (nodeCalls.concerns(link) ? ports.nodes : trunks.contactPort(link)),
    limits: { maxMessageBytes: cluster.configuration.serviceParameters.sipMaxIncomingMessageBytes },
    ...(identity === undefined ? {} : { identity }),
    user: {
      onRequest: (request, transaction) => route(request, transaction),
      onProblem: ({ clause, problem }, link) =>
        log.warn('unreadable message', { clause, problem, from: link.remote.address }),
    },
  })
  const secureDialling = new SecureDialling({
    network,
    cluster,
    agent: () => agent,
    identity: () => listeners.identity,
  })
  const nodeCalls = new NodeCalls({
    network,
    cluster,
    agent: () => agent,
    wall: clocks.wall,
    random,
    address: environment.address,
  })
  const calls = new CallControl({
    network,
    cluster,
    secureDialling,
    trunks,
    nodeCalls,
    registrations,
    history,
    agent,
    wall: clocks.wall,
    random,
    address: environment.address,
  })
  const notices = new DeviceNotices({ cluster, agent, wall: clocks.wall, random, address: environment.address })
  const onNew = (registration: Registration) => {
    if (cluster.configuration.sendMessageWaiting) notices.messageWaiting(registration)
  }
  const registrar = new Registrar({ cluster, registrations, clock: clocks.wall, log, onNew })

  const trunkRequests = new TrunkRequests({
    trunks,
    wall: clocks.wall,
    random,
    nodeName: () => cluster.configuration.nodeName,
    invite: (request, transaction, trunk) => calls.receive(request, transaction, trunk),
    line: (request, transaction) => dispatch(request, transaction),
  })

  function route(request: SipRequest, transaction: ServerTransaction): void {
    const { link } = transaction
    if (nodeCalls.concerns(link) && request.method === 'INVITE') calls.receive(request, transaction)
    else if (trunks.concerns(link)) {
      // A fault of ours ends this connection and is reported; the host goes on.
      trunkRequests.receive(request, transaction).catch((error: unknown) => {
        log.error('fault while handling a request', { why: String(error) })
        link.close()
      })
    } else dispatch(request, transaction)
  }

  function dispatch(request: SipRequest, transaction: ServerTransaction): void {
    const unsupported = tokens(request, 'Require').filter((tag) => !understood.has(tag))
    if (unsupported.length > 0) {
      respond(transaction, 420, [['Unsupported', unsupported.join(',')]])
    } else if (request.method === 'REGISTER') registrar.receive(request, transaction)
    else if (request.method === 'INVITE') calls.receive(request, transaction)
    else if (request.method === 'OPTIONS') respond(transaction, 200, [['Allow', allowedMethods]])
    else if (request.method === 'SUBSCRIBE') respond(transaction, 489)
    else if (request.method === 'BYE' || request.method === 'NOTIFY') respond(transaction, 481)
    else respond(transaction, 405, [['Allow', allowedMethods]])
  }

  function respond(
    transaction: ServerTransaction,
    status: number,
    extra: readonly (readonly [string, string])[] = [],
  ): void {
    const own = [['Date', clocks.wall.now().toUTCString()] as const, ['Server', 'Cisco-CUCM9.1'] as const]
    transaction.respond({ status, toTag: random.hex(16), extra: [...own, ...extra] })
  }

  await applyPorts()
  const forgetChanges = cluster.onChange(async () => {
    registrations.keepOnly((name, line) => cluster.devicesOnLine(line).some((device) => device.name === name))
    await applyPorts()
  })
  const forgetApplications = cluster.onApply(async (path, name) => {
    if (path === 'sipTrunkSecurityProfiles') await trunks.apply(name)
  })

  /** A port may go from the trunks to the line side and back. */
  async function applyPorts(): Promise<void> {
    await trunks.release()
    await listeners.apply()
    await trunks.open()
    await nodeCalls.open()
  }

  const base = service('Cisco CallManager', async () => {
    forgetChanges()
    forgetApplications()
    calls.stop()
    agent.stop()
    throttle.stop()
    registrations.stop()
    await trunks[Symbol.asyncDispose]()
    await nodeCalls[Symbol.asyncDispose]()
    await listeners[Symbol.asyncDispose]()
  })
  return {
    ...base,
    get callsNow() {
      return calls.current.length
    },
    get ports() {
      return [...listeners.ports, ...trunks.ports]
    },
    throttled: throttle.counts,
    async showStatus(device, text) {
      const registration = registrations.all.find((each) => each.device === device)
      if (registration === undefined) throw new Error(`${device} is not registered`)
      return notices.statusLine(registration, text)
    },
  }
}

/** Option tags a request may require. RFC 3261 §8.2.2.3. */
const understood = new Set(['timer', 'replaces', 'resource-priority'])
