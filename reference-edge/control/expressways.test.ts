import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import type { ClusterPeer } from '../cluster/cluster.ts'
import { noCluster } from '../cluster/cluster.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import { ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { domains, unifiedCommunications } from '../configuration/pages/unified-communications.ts'
import { controlZones } from '../configuration/pages/zones.ts'
import { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { startSshTunnelServer } from '../traversal/ssh-tunnel-server.ts'
import { startZoneServer } from '../traversal/zone-server.ts'
import { ControlSettings } from './control-settings.ts'
import { Expressways } from './expressways.ts'
import type { ProvisioningDocument } from './provisioned-expressway.ts'
import { SipSide } from './sip-side.ts'

const authority = testAuthority()
const trust = [authority.certificate]
const identityOf = (fqdn: string) => authority.issue({ commonName: fqdn, names: [fqdn] })
const [one, other] = ['vcse1.example.com', 'vcse2.example.com']
const names = { [one]: '127.9.2.17', [other]: '127.9.2.18' }

let running: AsyncDisposableStack
beforeEach(() => {
  running = new AsyncDisposableStack()
})
afterEach(() => running.disposeAsync())

/** What of an Expressway a Control needs for its zone and its tunnel; XCP is missing. */
async function expressway(fqdn: string, isServing = true) {
  const { environment } = testHost({
    name: fqdn.split('.')[0]!,
    address: names[fqdn]!,
    trust,
    identity: identityOf(fqdn),
  })
  const { network, log, clocks } = environment
  const heard: ProvisioningDocument[] = []
  const tunnels = running.use(
    await startSshTunnelServer({ network, log, port: 2222, authorized: () => heard.map(({ ssh }) => ssh) }),
  )
  const layer = new TransactionLayer({
    clock: clocks.monotonic,
    user: {
      onRequest: (transaction) => void zone.take(transaction),
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
  })
  const zone = running.use(
    await startZoneServer({
      environment,
      zone: () => ({
        id: 3,
        name: 'TraversalZone',
        isSipOn: true,
        port: 7001,
        transport: 'TLS',
        username: 'traversal',
        password: 'secret',
        tlsVerify: true,
        tlsVerifySubjectName: 'vcsc1.example.com',
      }),
      onMessage: (message, flow) => layer.receive(message, flow),
      onFlowClosed: (flow) => layer.flowClosed(flow),
      onProvisioning: (document) => {
        if (!isServing) throw new Error('Unified Communications mode is off')
        heard.push(document as ProvisioningDocument)
        return {
          ssh: { hostKeySha256: tunnels.hostKeySha256 },
          expressway: { fqdn, domain: 'example.com', zoneId: 3 },
        }
      },
    }),
  )
  return { heard, tunnels, zone }
}

function control(...peers: string[]) {
  const { environment, wall } = testHost({
    name: 'vcsc1',
    address: '127.9.3.17',
    names,
    trust,
    identity: identityOf('vcsc1.example.com'),
  })
  running.defer(() => wall.stop())
  const configuration: Configuration = new Configuration({
    product: Product.control,
    pages: pagesOf(Product.control),
    store: ChangeStore.open(':memory:', 'vcsc1'),
    clock: wall,
    isInService: () => false,
    isModeOn: () => true,
  })
  const peerFields = (listed: readonly string[]) => ({ peer1: listed[0]!, peer2: listed[1] ?? '' })
  const must = (outcome: { ok: boolean }) => expect(outcome).toMatchObject({ ok: true })
  must(configuration.save(unifiedCommunications, { mode: 'Mobile and remote access' }, 'admin'))
  must(configuration.create(domains, { name: 'example.com', sipOnUnifiedCm: 'On', imAndPresence: 'On' }, 'admin'))
  const zone = {
    name: 'TraversalZone',
    username: 'traversal',
    password: 'secret',
    ucServices: 'Yes',
    tlsVerifyMode: 'On',
  }
  must(configuration.create(controlZones, { ...zone, ...peerFields(peers) }, 'admin'))
  const cluster = { others: [] as ClusterPeer[], tell: (() => undefined) as (peer: ClusterPeer) => void }
  const raised = new Set<number>()
  const sip = running.use(new SipSide(environment))
  const expressways = running.use(
    new Expressways({
      environment,
      alarms: { set: (id, isRaised) => void (isRaised ? raised.add(id) : raised.delete(id)) },
      cluster: {
        ...noCluster,
        others: () => cluster.others,
        onActive(listener) {
          cluster.tell = listener
          return () => undefined
        },
      },
      onServing: () => undefined,
      settings: new ControlSettings(configuration),
      own: { fqdn: environment.fqdn, address: environment.address },
      sip,
      nodes: () => [],
      onChannel: () => undefined,
    }),
  )
  expressways.start()
  const list = (...listed: string[]) => {
    must(configuration.update(controlZones, 'TraversalZone', peerFields(listed), 'admin'))
    expressways.zonesChanged()
  }
  const tunnelsBecome = (...wanted: string[]) => {
    const seen = () => expressways.status().tunnels.map(({ peer, state }) => `${peer} ${state}`)
    return waitFor(wanted.join(), () => seen().join() === wanted.join(), { lastSeen: seen })
  }
  return { expressways, cluster, raised, list, tunnelsBecome }
}

describe('the Expressways of a Control', () => {
  it('each get an exchange, a tunnel and an XCP link', async () => {
    await expressway(other)
    await expressway(one)
    const { expressways, tunnelsBecome } = control(one, other)
    await tunnelsBecome(`${one} Active`, `${other} Active`)
    expect(expressways.provisioned.map(({ fqdn }) => fqdn)).toEqual([one, other])
    expect(expressways.isUp).toBe(true)
    expect(
      expressways
        .status()
        .xcp.edges.map(({ name }) => name)
        .toSorted(),
    ).toEqual([one, other])
  })

  it('come and go by configuration, without the others noticing', async () => {
    const [first, second] = [await expressway(one), await expressway(other)]
    const { expressways, list, tunnelsBecome } = control(one)
    await tunnelsBecome(`${one} Active`)
    list(one, other)
    await tunnelsBecome(`${one} Active`, `${other} Active`)
    list(other)
    await tunnelsBecome(`${other} Active`)
    await waitFor(
      'both ends of the removed one to be gone',
      () => first.zone.status().state === 'Failed' && first.tunnels.status().length === 0,
    )
    expect(expressways.provisioned.map(({ fqdn }) => fqdn)).toEqual([other])
    expect([first.heard.length, second.heard.length]).toEqual([1, 1])
  })

  it('may be down one at a time: what they have said stays, the others serve', async () => {
    const [first] = [await expressway(one), await expressway(other)]
    const { expressways, raised, tunnelsBecome } = control(one, other)
    await tunnelsBecome(`${one} Active`, `${other} Active`)
    await first.zone.stop()
    await first.tunnels.stop()
    await tunnelsBecome(`${one} Failed`, `${other} Active`)
    expect([...raised]).toEqual([35013])
    expect(expressways.isUp).toBe(true)
    expect(expressways.refusal).toBeUndefined()
    expect(expressways.provisioned).toHaveLength(2)
  })

  it('may refuse one at a time: the alarm is raised, the others serve', async () => {
    await expressway(one, false)
    await expressway(other)
    const { expressways, raised, tunnelsBecome } = control(one, other)
    await tunnelsBecome(`${one} Waiting for traversal server info`, `${other} Active`)
    await waitFor('the refusal', () => raised.has(35014))
    expect(expressways.refusal).toBeUndefined()
    expect(expressways.provisioned.map(({ fqdn }) => fqdn)).toEqual([other])
    const { tunnels, expresswayRefusals } = expressways.status()
    expect(expresswayRefusals).toEqual([{ peer: one, reason: 'the VCS Expressway answered 400 Bad Request' }])
    expect(tunnels[0]?.reason).toBe('the VCS Expressway answered 400 Bad Request')
  })

  it('are told of the other Controls of the cluster, anew when these change', async () => {
    const { heard } = await expressway(one)
    const { cluster, tunnelsBecome } = control(one)
    await tunnelsBecome(`${one} Active`)
    const peer = { address: '127.9.3.18', isMaster: false, state: 'Active' } as const
    cluster.others = [peer]
    cluster.tell(peer)
    cluster.others = [{ ...peer, fqdn: 'vcsc2.example.com' }]
    cluster.tell(cluster.others[0]!)
    await waitFor('the second exchange', () => heard.length === 2)
    expect(heard.map(({ peers }) => peers)).toEqual([[], [{ fqdn: 'vcsc2.example.com', address: '127.9.3.18' }]])
  })

  it('are tested one after the other', async () => {
    await expressway(other)
    const { expressways, tunnelsBecome } = control(one, other)
    await tunnelsBecome(`${one} Waiting for traversal server info`, `${other} Active`)
    const stages = await expressways.testConnectivity()
    const results = (stage: string) =>
      stages.filter((each) => each.stage === stage).map(({ target, result }) => [target, result])
    expect(results('Traversal zone')).toEqual([
      [one, 'failed'],
      [other, 'ok'],
    ])
    expect(results('SSH tunnel')).toEqual([
      [`${names[one]}:2222`, 'failed'],
      [`${names[other]}:2222`, 'ok'],
    ])
    expect(stages.slice(0, stages.length / 2).every(({ target }) => !target.includes(names[other]!))).toBe(true)
  })
})
