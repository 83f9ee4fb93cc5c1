import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Connection } from '#runtime/network.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { CallAdmission } from '../calls/admission.ts'
import { installationSizes } from '../calls/installation-size.ts'
import { B2bua } from '../calls/control/b2bua.ts'
import { ScriptedPeer } from '../calls/control/scripted-peer.fixture.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { SipConnection } from '../protocol/sip/connection.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { createRequest, createResponse } from '../protocol/sip/message.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'
import { ControlMedia } from '../traversal/media/control-media.ts'
import type { CallProcessingNode } from '../unified-cm/zones.ts'
import { NeighborZones } from '../unified-cm/zones.ts'
import { AuthenticationPolicy } from './authentication-policy.ts'
import { RegistrationRelay } from './registration-relay.ts'
import { RegistrationTable } from './registration-table.ts'
import { RequestRouter } from './request-router.ts'
import { startSipListeners } from './sip-listeners.ts'
import { SipSide } from './sip-side.ts'

const authority = testAuthority()
const trust = [authority.certificate]
const names = { 'cucm1.example.com': '127.9.4.20' }
const node = { name: 'cucm1', fqdn: 'cucm1.example.com', address: '127.9.4.20', sipTcpPort: 5060, tlsVerify: true }
const mixed = { ...node, sipTlsPort: 5061 }
const clientContact = 'sip:3f0c@192.0.2.10:50784;transport=tls'

let scene: Awaited<ReturnType<typeof openScene>>
beforeEach(async () => {
  scene = await openScene()
})
afterEach(() => scene.running.disposeAsync())

/** A Unified CM node on 5060 and 5061 that registers what it is sent, or answers `status`. */
async function openNode(running: AsyncDisposableStack) {
  const identity = authority.issue({ commonName: 'cucm1', names: ['cucm1'] })
  const { environment } = testHost({ name: 'cucm1', address: '127.9.4.20', trust, identity })
  const played = { status: 200, requests: [] as { transport: string; request: SipRequest }[], environment, identity }
  const onConnection = (accepted: Connection) => {
    const transport = accepted.tls === undefined ? 'TCP' : 'TLS'
    const flow: SipConnection = new SipConnection(accepted, {
      network: environment.network,
      onMessage: (message) => {
        if (message.kind !== 'request') return
        played.requests.push({ transport, request: message })
        const headers = [['Contact', message.first('contact') ?? ''] as const, ['Expires', '120'] as const]
        flow.send(createResponse(message, played.status, 'Answer', { toTag: 'node', headers }))
      },
    })
  }
  const tls = { identity, requestClientCertificate: true }
  running.use(await environment.network.listenTcp({ port: 5060, protocol: 'SIP', onConnection }))
  running.use(await environment.network.listenTls({ port: 5061, protocol: 'SIP', onConnection, tls }))
  return played
}

async function openScene() {
  const running = new AsyncDisposableStack()
  const unifiedCm = await openNode(running)
  const identity = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
  const host: TestHost = testHost({ name: 'vcsc1', address: '127.9.4.10', names, trust, identity })
  const { environment } = host
  const { random, log, network, clocks } = environment
  const own = { fqdn: environment.fqdn, address: environment.address }
  const sip = running.use(new SipSide(environment))
  const zones = new NeighborZones(environment, sip)
  running.defer(() => zones.stop())
  running.use(await startSipListeners(environment, sip, zones))
  const context = { layer: sip.layer, own, random }
  const table = new RegistrationTable({ clock: host.wall, onExpired: () => undefined })
  running.defer(() => table.clear())
  const outside = new ScriptedPeer('outside', 'TraversalZone', '127.9.2.10', (message, flow) =>
    sip.layer.receive(message, flow),
  )
  const media = running.use(new ControlMedia({ network }))
  const router = new RequestRouter({
    ...context,
    log,
    b2bua: new B2bua({
      ...context,
      clocks,
      log,
      media,
      admission: new CallAdmission({
        licences: () => ({ traversal: 0, nonTraversal: 0 }),
        limits: installationSizes.standard,
      }),
      mediaEncryption: () => 'Force encrypted',
    }),
    registrations: new RegistrationRelay({ context, table, log }),
    zones,
    traversalZone: outside.peer,
    service: { trust: [], wall: host.wall, random, log, password: async () => undefined },
    nonces: new NonceBook(host.wall, random),
    authenticationPolicy: () => AuthenticationPolicy.doNotCheck,
    isInMaintenance: () => false,
  })
  // The played traversal zone has no connection of its own.
  sip.decideBy({
    onRequest: (transaction, from) => router.onRequest(transaction, from ?? outside.peer),
    onAck: (ack, flow) => router.onAck(ack, flow),
    onFlowClosed: (flow) => router.onFlowClosed(flow),
  })
  return { running, host, unifiedCm, zones, table, outside }
}

/** Sends a request of the client; gives what arrives at the node and over what. */
async function arrives(method: string, uri: string, nodes: CallProcessingNode[]) {
  scene.zones.update(nodes)
  scene.outside.request(method, uri, [
    ['From', '<sip:1001@cucm1.example.com>;tag=a'],
    ['To', '<sip:1001@cucm1.example.com>'],
    ['Call-ID', `${method}-1`],
    ['CSeq', `1 ${method}`],
    ['Contact', `<${clientContact}>`],
    ['Expires', '3600'],
  ])
  await scene.outside.nextResponse(scene.unifiedCm.status)
  return scene.unifiedCm.requests.at(-1)!
}

const secureUri = 'sip:cucm1.example.com:5061;transport=tls'
const rewritten = 'sip:3f0c@127.9.4.10:5061;transport=tls;orig-hostport=192.0.2.10:50784'

it('a secure device registers over the TLS zone with a contact on 5061', async () => {
  const { transport, request } = await arrives('REGISTER', secureUri, [mixed])
  expect(transport).toBe('TLS')
  expect(request.first('contact')).toBe(`<${rewritten}>`)
  expect(request.first('via')).toMatch(/^SIP\/2\.0\/TLS 127\.9\.4\.10:5061;egress-zone=CEtls-cucm1;/)
  expect(scene.table.list()).toMatchObject([{ contact: clientContact, node: { zoneName: 'CEtls-cucm1' } }])
})

it('what it sends later goes over the TLS zone without saying so', async () => {
  await arrives('REGISTER', secureUri, [mixed])
  const { transport, request } = await arrives('SUBSCRIBE', 'sip:1003@cucm1.example.com', [mixed])
  expect(transport).toBe('TLS')
  expect(request.first('contact')).toBe(`<${rewritten}>`)
})

it('other devices register over the TCP zone of the same node', async () => {
  const { transport, request } = await arrives('REGISTER', 'sip:cucm1.example.com', [mixed])
  expect(transport).toBe('TCP')
  expect(request.first('contact')).toContain('@127.9.4.10:5060;transport=tcp;')
})

it('without mixed mode a secure device is downgraded to TCP', async () => {
  const { transport } = await arrives('REGISTER', secureUri, [node])
  expect(transport).toBe('TCP')
  expect(scene.table.list()).toMatchObject([{ node: { zoneName: 'CEtcp-cucm1' } }])
})

it('a device whose profile is not in our certificate is refused, and the log says it in the words of the guide', async () => {
  scene.unifiedCm.status = 403
  await arrives('REGISTER', secureUri, [mixed])
  expect(scene.table.size).toBe(0)
  expect(scene.host.records).toContainEqual(
    expect.objectContaining({ Zone: 'CEtls-cucm1', Detail: 'Failed to establish SSL connection' }),
  )
})

it('Unified CM reaches a secure device over a TLS connection that it dials', async () => {
  await arrives('REGISTER', secureUri, [mixed])
  const { environment, identity } = scene.unifiedCm
  const dialled = await environment.network.dialTls({
    to: { address: '127.9.4.10', port: 5061 },
    protocol: 'SIP',
    tls: { serverName: 'vcsc1.example.com', identity },
  })
  const answers: string[] = []
  const flow = scene.running.use(
    Object.assign(
      new SipConnection(dialled, {
        network: environment.network,
        onMessage: (message) => void answers.push(message.startLine),
      }),
      { [Symbol.dispose]: () => dialled.destroy() },
    ),
  )
  const headers = [
    ['Via', 'SIP/2.0/TLS 127.9.4.20:5061;branch=z9hG4bKnotify'],
    ['Max-Forwards', '70'],
    ['From', '<sip:1001@cucm1.example.com>;tag=n'],
    ['To', '<sip:1001@cucm1.example.com>'],
    ['Call-ID', 'n-1'],
    ['CSeq', '1 NOTIFY'],
  ] as const
  flow.send(createRequest({ method: 'NOTIFY', requestUri: rewritten, headers }))
  const relayed = await scene.outside.nextRequest('NOTIFY')
  expect(relayed.requestUri).toBe(clientContact)
  expect(relayed.vias()?.[1]?.parameters.get('ingress-zone')).toBe('CEtls-cucm1')
  scene.outside.respond(relayed, 200, 'OK')
  await waitFor('the answer at the node', () => answers.some((line) => line.includes('200')))
})
