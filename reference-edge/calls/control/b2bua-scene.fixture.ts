import { testHost } from '#runtime/test-host.fixture.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import type { SearchHistory } from '../search-history.ts'
import { AuthenticationPolicy } from '../../control/authentication-policy.ts'
import { RegistrationRelay } from '../../control/registration-relay.ts'
import { RegistrationTable } from '../../control/registration-table.ts'
import { RequestRouter } from '../../control/request-router.ts'
import { stampTopVia } from '../../control/hop.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import { NonceBook } from '../../protocol/sip/nonce.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import { ControlMedia } from '../../traversal/media/control-media.ts'
import { CallAdmission } from '../admission.ts'
import { installationSizes } from '../installation-size.ts'
import { B2bua } from './b2bua.ts'
import type { MediaEncryptionMode } from './media-encryption.ts'
import { ScriptedPeer } from './scripted-peer.fixture.ts'

/** A Control's SIP decisions between a played traversal zone and a played Unified CM node; real media ports. */
export interface Scene extends AsyncDisposable {
  readonly host: TestHost
  readonly clock: ManualClock
  readonly outside: ScriptedPeer
  /** Another peer of the traversal zone. */
  readonly outsideToo: ScriptedPeer
  readonly inside: ScriptedPeer
  readonly b2bua: B2bua
  readonly searches: SearchHistory
  readonly media: ControlMedia
  readonly registrations: RegistrationTable
  readonly layer: TransactionLayer
  policy: AuthenticationPolicy
  closeFlow(peer: ScriptedPeer): void
}

export const nodeName = 'cucm1.example.com'

export interface SceneOptions {
  readonly registrationLimit?: number
  readonly callLimit?: number
  readonly passwords?: object
  readonly mediaEncryption?: MediaEncryptionMode
}

export function openScene(options: SceneOptions = {}): Scene {
  const host = testHost({ name: 'vcsc1', address: '127.9.3.10' })
  const { environment } = host
  const { random, log, network } = environment
  const own = { fqdn: environment.fqdn, address: environment.address }
  const clock = new ManualClock()
  const clocks = { monotonic: clock, wall: host.wall }
  const peers: ScriptedPeer[] = []
  const layer = new TransactionLayer({
    clock,
    user: {
      onRequest: (transaction) => {
        const from = peers.find(({ flow }) => flow.id === transaction.flow.id)?.peer
        stampTopVia(transaction.request, transaction.flow, from?.zoneName ?? '')
        void router.onRequest(transaction, from)
      },
      onAck: (ack, flow) => router.onAck(ack, flow),
      onStrayResponse: () => undefined,
    },
  })
  const deliver = (message: Parameters<TransactionLayer['receive']>[0], flow: SipFlow) => layer.receive(message, flow)
  const outside = new ScriptedPeer('outside', 'TraversalZone', '127.9.2.10', deliver)
  const inside = new ScriptedPeer('inside', `CEtcp-${nodeName}`, '127.9.3.20', deliver)
  const outsideToo = new ScriptedPeer('outside', 'TraversalZone', '127.9.2.11', deliver)
  peers.push(outside, outsideToo, inside)
  const media = new ControlMedia({ network })
  const { standard } = installationSizes
  const admission = new CallAdmission({
    licences: () => ({ traversal: 0, nonTraversal: 0 }),
    limits: { ...standard, traversal: options.callLimit ?? standard.traversal },
  })
  const mediaEncryption = () => options.mediaEncryption ?? 'Force encrypted'
  const b2bua = new B2bua({ layer, own, random, clocks, log, media, admission, mediaEncryption })
  const registrations = new RegistrationTable({
    clock: host.wall,
    onExpired: () => undefined,
    ...(options.registrationLimit === undefined ? {} : { limit: options.registrationLimit }),
  })
  const scene = { policy: AuthenticationPolicy.doNotCheck as AuthenticationPolicy }
  const router = new RequestRouter({
    own,
    random,
    log,
    layer,
    b2bua,
    registrations: new RegistrationRelay({ context: { layer, own, random }, table: registrations, log }),
    zones: { find: (name) => (name === nodeName || name === '127.9.3.20' ? inside.peer : undefined) },
    traversalZone: outside.peer,
    service: { trust: [], wall: host.wall, random, log, password: async () => undefined },
    nonces: new NonceBook(host.wall, random),
    authenticationPolicy: () => scene.policy,
    isInMaintenance: () => false,
  })
  return Object.assign(scene, {
    host,
    clock,
    outside,
    outsideToo,
    inside,
    b2bua,
    searches: router.searches,
    media,
    registrations,
    layer,
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
  })
}

/** As the Expressway passes a client's offer on: its own address, the demultiplexing ports, the client's key. */
export function secureOffer(
  options: { key?: string; direction?: string; profile?: string; extra?: string } = {},
): string {
  const { key = 'A'.repeat(40), direction = 'sendrecv', profile = 'RTP/SAVP', extra = '' } = options
  const crypto = profile === 'RTP/SAVP' ? `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^48\r\n` : ''
  return (
    'v=0\r\no=Cisco-SIPUA 4711 0 IN IP4 192.0.2.10\r\ns=SIP Call\r\nc=IN IP4 127.9.2.10\r\nb=AS:4000\r\nt=0 0\r\n' +
    `m=audio 36000 ${profile} 0 101\r\na=rtcp:36001 IN IP4 127.9.2.10\r\na=rtpmap:0 PCMU/8000\r\n` +
    `a=rtpmap:101 telephone-event/8000\r\n${crypto}a=${direction}\r\n${extra}`
  )
}

export function plainDescription(options: { direction?: string; address?: string; extra?: string } = {}): string {
  const { direction = 'sendrecv', address = '127.9.3.60', extra = '' } = options
  return (
    `v=0\r\no=CiscoSystemsCCM-SIP 1 1 IN IP4 127.9.3.20\r\ns=SIP Call\r\nc=IN IP4 ${address}\r\nt=0 0\r\n` +
    `m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=${direction}\r\n${extra}`
  )
}
