import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { CallAdmission } from '../calls/admission.ts'
import { B2bua } from '../calls/control/b2bua.ts'
import { ScriptedPeer } from '../calls/control/scripted-peer.fixture.ts'
import { ProxiedCalls } from '../calls/proxied/proxied-calls.ts'
import { SearchHistory } from '../calls/search-history.ts'
import type { SearchRule } from '../dial-plan/search-rules.ts'
import { localZone } from '../dial-plan/search-rules.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'
import { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { localZoneName } from '../registrar/local-device.ts'
import { ControlMedia } from '../traversal/media/control-media.ts'
import { AuthenticationPolicy } from './authentication-policy.ts'
import { stampTopVia } from './hop.ts'
import { PlanRouter } from './plan-router.ts'
import type { PlanZone } from './plan-zones.ts'
import { PlanZones } from './plan-zones.ts'
import { RegistrationRelay } from './registration-relay.ts'
import { RegistrationTable } from './registration-table.ts'
import { RelayedDialogs } from './relayed-dialogs.ts'
import type { DialPlan } from './request-router.ts'
import { RequestRouter } from './request-router.ts'

const neighbor: PlanZone = {
  isTraversal: false,
  isH323: false,
  isLync: false,
  mediaEncryption: 'Auto',
  authenticationPolicy: AuthenticationPolicy.doNotCheck,
}

export const ruleTo = (target: string, given: Partial<SearchRule> = {}): SearchRule => ({
  name: `To ${target}`,
  priority: 100,
  protocol: 'Any',
  source: 'Any',
  mustBeAuthenticated: false,
  mode: 'Any alias',
  patternType: 'Prefix',
  pattern: '',
  behavior: 'Leave',
  replacement: '',
  onMatch: 'Continue',
  target,
  isEnabled: true,
  ...given,
})

export type PlanScene = ReturnType<typeof openPlanScene>

/** A Control's routing between a played traversal zone, trunk and partner zone, two played devices and a Unified CM node. */
export function openPlanScene(options: {
  rules: readonly SearchRule[]
  licences?: number
  /** The traversal zone has a second peer. */
  hasSeveralPeers?: boolean
}) {
  const host: TestHost = testHost({ name: 'vcsc1', address: '127.9.3.14' })
  const { environment } = host
  const { random, log, network } = environment
  const own = { fqdn: environment.fqdn, address: environment.address }
  const clock = new ManualClock()
  const clocks = { monotonic: clock, wall: host.wall }
  const layer = new TransactionLayer({
    clock,
    user: {
      onRequest: (transaction) => {
        const from = Object.values(peers).find(({ flow }) => flow.id === transaction.flow.id)?.peer
        stampTopVia(transaction.request, transaction.flow, from?.zoneName ?? '')
        void router.onRequest(transaction, from?.zoneName === localZoneName ? undefined : from)
      },
      onAck: (ack, flow) => router.onAck(ack, flow),
      onStrayResponse: () => undefined,
    },
  })
  const played = (side: 'outside' | 'inside', zone: string, number: number, id = zone) => {
    const peer = new ScriptedPeer(side, zone, `127.9.4.${number}`, (message, flow) => layer.receive(message, flow))
    Object.assign(peer.flow, { id: `tcp/${id}` })
    return peer
  }
  const peers = {
    traversal: played('outside', 'TraversalZone', 1),
    traversalToo: played('outside', 'TraversalZone', 7, 'second'),
    trunk: played('inside', 'Trunk', 2),
    partner: played('inside', 'Partner', 3),
    dave: played('inside', localZoneName, 4, 'dave'),
    erin: played('inside', localZoneName, 5, 'erin'),
    node: played('inside', 'CEtcp-cucm1.example.com', 6),
  }
  const zones = new Map<string, PlanZone>([
    ['TraversalZone', { ...neighbor, isTraversal: true, mediaEncryption: 'Force encrypted' }],
    ['Trunk', neighbor],
    ['Partner', neighbor],
  ])
  const devices: Record<string, ScriptedPeer> = { 'dave@example.com': peers.dave, 'erin@example.com': peers.erin }
  const media = new ControlMedia({ network })
  const licences = () => ({ traversal: options.licences ?? 10, nonTraversal: options.licences ?? 10 })
  const admission = new CallAdmission({ licences, limits: { traversal: 150, nonTraversal: 750 } })
  const context = { layer, own, random }
  const b2bua = new B2bua({ ...context, clocks, log, media, admission, mediaEncryption: () => 'Force encrypted' })
  const calls = new ProxiedCalls({ ...context, clocks, log, admission })
  const dialogs = new RelayedDialogs({ context, wall: host.wall, most: 2 })
  const searches = new SearchHistory({ wall: host.wall, log })
  const planRouter = new PlanRouter(
    {
      context,
      log,
      rules: () => options.rules,
      zones: new PlanZones({
        zoneOfCall: (name) => zones.get(name),
        running: [
          {
            find: (name) =>
              name === 'TraversalZone' && options.hasSeveralPeers === true
                ? { ...peers.traversal.peer, activePeers: [peers.traversal.peer, peers.traversalToo.peer] }
                : [peers.traversal, peers.trunk, peers.partner].find((each) => each.peer.zoneName === name)?.peer,
          },
        ],
        local: {
          find: (alias) => {
            const device = devices[alias]
            return device === undefined
              ? undefined
              : { peer: device.peer, contact: `sip:${alias.split('@')[0]}@device` }
          },
        },
      }),
      b2bua,
      proxied: calls,
      dialogs,
    },
    searches,
  )
  const plan: DialPlan & { readonly searches: SearchHistory } = {
    calls,
    dialogs,
    searches,
    sourceOf: ({ flow }, from) => {
      const device = [peers.dave, peers.erin].find((each) => each.flow.id === flow.id)
      if (device !== undefined) return { peer: device.peer, zone: localZone, isAuthenticated: false }
      return from === undefined || !zones.has(from.zoneName)
        ? undefined
        : { peer: from, zone: from.zoneName, isAuthenticated: false }
    },
    route: (transaction, source) => planRouter.route(transaction, source),
  }
  const registrations = new RegistrationTable({ clock: host.wall, onExpired: () => undefined })
  const router = new RequestRouter({
    ...context,
    log,
    b2bua,
    plan,
    registrations: new RegistrationRelay({ context, table: registrations, log }),
    zones: { find: (name) => (name === 'cucm1.example.com' ? peers.node.peer : undefined) },
    traversalZone: peers.traversal.peer,
    service: { trust: [], wall: host.wall, random, log, password: async () => undefined },
    nonces: new NonceBook(host.wall, random),
    authenticationPolicy: () => AuthenticationPolicy.doNotCheck,
    isInMaintenance: () => false,
  })
  return {
    ...peers,
    host,
    clock,
    zones,
    calls,
    dialogs,
    b2bua,
    admission,
    searches,
    layer,
    registrations,
    closeFlow(peer: ScriptedPeer) {
      peer.isOpen = false
      layer.flowClosed(peer.flow)
      router.onFlowClosed(peer.flow)
    },
    async [Symbol.asyncDispose]() {
      layer.stop()
      registrations.clear()
      await media.stop()
      host.wall.stop()
    },
  }
}

/** An INVITE of `peer`, with the headers of a new dialog. */
export function dial(
  peer: ScriptedPeer,
  uri: string,
  options: { from?: string; body?: string; extra?: ReadonlyArray<readonly [string, string]> } = {},
) {
  const { from = 'sip:dave@example.com', body, extra = [] } = options
  const headers = [
    ['From', `<${from}>;tag=caller`],
    ['To', `<${uri}>`],
    ['Call-ID', `call-${peer.peer.zoneName}`],
    ['CSeq', '101 INVITE'],
    ['Contact', `<sip:caller@${peer.flow.remote.address}:5060;transport=tcp>`],
    ...extra,
  ] as const
  return peer.request('INVITE', uri, headers, body)
}
