import { describe, expect, it } from 'vitest'
import { systemRandom } from '#runtime/random.ts'
import type { LoopbackFabric } from '../fabric/loopback.ts'
import type { CertificateAuthority } from '../pki/authority.ts'
import type { HostPlan } from '../roles/role.ts'
import { readTopology } from '../topology/topology.ts'
import type { PageValues, VcsPlan } from '../vcs/vcs-document.ts'
import { planHosts } from './plan-hosts.ts'
import { makeSecrets } from './secrets.ts'

const places = { internet: 1, dmz: 2, inside: 3 }

/** An authority that writes down whom it was asked to name, as the certificate. */
const authority: CertificateAuthority = {
  certificate: 'CA',
  issue: ({ names }: { names: readonly string[] }) => ({ key: '', cert: names.join(' ') }),
} as never

function planOf(name: string) {
  const topology = readTopology(name)
  const fabric = {
    lab: 9,
    address: (place: keyof typeof places, number: number) => `127.9.${places[place]}.${number}`,
    network: () => '',
    privateNetworks: [],
    privateLoopback: () => '',
  } as unknown as LoopbackFabric
  const { hosts } = planHosts({
    topology,
    fabric,
    authority,
    publicAuthority: () => authority,
    secrets: makeSecrets(topology, systemRandom()),
    data: '/nowhere',
    seed: 1,
    traceLevel: 'off',
  })
  const plan = (host: string): HostPlan => hosts.find(({ specification }) => specification.name === host)!
  const document = (host: string) => (plan(host).configuration as VcsPlan).document
  const zone = (host: string) => (document(host)['Configuration > Zones > Zones'] as readonly PageValues[])[0]!
  const records = (host: string) =>
    (plan(host).configuration as { records: readonly Record<string, unknown>[] }).records
  return { plan, document, zone, records }
}

describe('the plan of a cluster of each', () => {
  const { plan, document, zone, records } = planOf('clustered')

  it('has everything entered on the master, and only what every peer has of its own on the other', () => {
    expect(Object.keys(document('vcsc1'))).toContain('Configuration > Unified Communications > Unified CM servers')
    expect(Object.keys(document('vcsc2'))).toEqual(['System > DNS', 'System > Time', 'System > Clustering'])
    expect(document('vcsc2')['System > DNS']).toMatchObject({ 'System host name': 'vcsc2' })
    expect(document('vcsc1')['System > Clustering']).toEqual(document('vcsc2')['System > Clustering'])
    expect(document('vcse1')['System > Clustering']).not.toEqual(document('vcsc1')['System > Clustering'])
  })

  it('names every Expressway in the traversal client zone, and the cluster of Controls as the verified name', () => {
    expect(zone('vcsc1')).toMatchObject({
      'Peer 1 address': 'vcse1.example.com',
      'Peer 2 address': 'vcse2.example.com',
    })
    expect(zone('vcse1')['TLS verify subject name']).toBe('vcsc.example.com')
  })

  it('names the cluster in every certificate of its peers', () => {
    for (const host of ['vcsc1', 'vcsc2'])
      expect(plan(host).specification.identity!.cert.split(' ')).toContain('vcsc.example.com')
    for (const host of ['vcse1', 'vcse2'])
      expect(plan(host).specification.identity!.cert.split(' ')).toContain('vcse.example.com')
  })

  it('has one record for each Expressway, and the address of every peer under the name of the cluster', () => {
    const edges = records('pubdns').filter(({ name }) => name === '_collab-edge._tls.example.com')
    expect(edges.map(({ target, priority, weight }) => [target, priority, weight])).toEqual([
      ['vcse1.example.com', 10, 10],
      ['vcse2.example.com', 10, 10],
    ])
    const ofCluster = records('intdns').filter(({ name }) => name === 'vcsc.example.com')
    expect(ofCluster.map(({ address }) => address)).toEqual(['127.9.3.10', '127.9.3.11'])
  })
})

describe('the plan of several clusters of each', () => {
  const { plan, document, zone } = planOf('multi')

  it('leads each cluster of Controls to its own Expressways', () => {
    expect(zone('vcsc3')).toMatchObject({
      'Peer 1 address': 'vcse3.example.com',
      'Peer 2 address': 'vcse4.example.com',
    })
    expect(zone('vcse3')['TLS verify subject name']).toBe('vcsc-b.example.com')
  })

  it('has every Unified CM and IM and Presence cluster discovered by every cluster of Controls', () => {
    for (const control of ['vcsc1', 'vcsc3']) {
      const servers = document(control)['Configuration > Unified Communications > Unified CM servers']
      expect((servers as readonly PageValues[]).map((row) => row['Unified CM publisher address'])).toEqual([
        'cucm1.example.com',
        'cucm3.example.com',
      ])
    }
  })

  it('keeps the users of a Unified CM cluster at the IM and Presence cluster beside it', () => {
    const usersOf = (host: string) =>
      (plan(host).configuration as { users: readonly { userId?: string; id?: string }[] }).users
    expect(usersOf('imp2').map(({ userId }) => userId)).toEqual(['dave'])
    expect(usersOf('cucm4').map(({ id }) => id)).toEqual(['dave', 'erin'])
  })
})

it('a single VCS is in no cluster', () => {
  const { document, zone } = planOf('single')
  expect(Object.keys(document('vcsc1'))).not.toContain('System > Clustering')
  expect(zone('vcse1')['TLS verify subject name']).toBe('vcsc1.example.com')
})
