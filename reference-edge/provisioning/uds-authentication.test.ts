import { afterEach, expect, test } from 'vitest'
import type { HttpResponse } from '#runtime/network.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { writeBasic } from '../protocol/http/basic-credentials.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { UdsAuthentication } from './uds-authentication.ts'

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

const authority = testAuthority()

/** One node of one cluster: `homes` has the users it finds, with their home cluster. */
async function cluster(name: string, address: string, homes: Readonly<Record<string, string>>, failing?: HttpResponse) {
  const seen: string[] = []
  const fqdn = `${name}.example.com`
  const { environment } = testHost({ name, address })
  const listener = await environment.network.listenHttp({
    port: 8443,
    tls: { identity: authority.issue({ commonName: fqdn, names: [fqdn] }) },
    handler: async ({ target, headers }) => {
      seen.push(target)
      if (failing !== undefined) return failing
      const user = new URL(target, 'http://x').searchParams.get('username')
      if (user === null) return { status: headers['authorization'] === right ? 200 : 401, headers: {} }
      const home = homes[user]
      const found = home === undefined ? '' : `<homeCluster>${home}</homeCluster>`
      return {
        status: 200,
        headers: {},
        body: `<clusterUser><result found="${home !== undefined}"/>${found}</clusterUser>`,
      }
    },
  })
  disposables.use(listener)
  const node: DiscoveredNode = {
    ...{ kind: 'unified-cm', name, fqdn, address, role: 'Publisher', publisher: fqdn, version: '9.1.2' },
    tlsVerify: true,
  }
  return { node, seen }
}

const right = writeBasic({ user: 'alice', password: 'right' })

function authentication(nodes: readonly DiscoveredNode[]) {
  const { environment, records } = testHost({
    name: 'vcsc1',
    address: '127.80.3.10',
    trust: [authority.certificate],
  })
  const uds = new UdsAuthentication({ network: environment.network, log: environment.log, nodes: () => nodes })
  return { uds, records }
}

test('queries go to all nodes in turn: without ILS every other sign-in fails', async () => {
  const a = await cluster('cucm1', '127.80.3.20', {})
  const b = await cluster('cucm2', '127.80.3.21', { alice: 'cucm2.example.com' })
  const { uds } = authentication([a.node, b.node])
  const verdicts: string[] = []
  for (let turn = 0; turn < 4; turn += 1) verdicts.push(await uds.verify('alice', 'right'))
  expect(verdicts).toEqual(['refused', 'accepted', 'refused', 'accepted'])
})

test('the password is checked at the home cluster, whichever node was asked for it', async () => {
  const a = await cluster('cucm1', '127.80.3.20', { alice: 'cucm2.example.com' })
  const b = await cluster('cucm2', '127.80.3.21', { alice: 'cucm2.example.com' })
  const { uds } = authentication([a.node, b.node])
  expect(await uds.verify('alice', 'right')).toBe('accepted')
  expect([a.seen, b.seen]).toEqual([['/cucm-uds/clusterUser?username=alice'], ['/cucm-uds/user/alice/devices']])
  expect(uds.home('alice')?.name).toBe('cucm2')
  expect(await uds.verify('alice', 'wrong')).toBe('refused')
})

test('a home cluster that is not discovered is never dialled', async () => {
  const a = await cluster('cucm1', '127.80.3.20', { alice: '127.80.3.99' })
  const { uds, records } = authentication([a.node])
  expect(await uds.verify('alice', 'right')).toBe('refused')
  expect(records).toContainEqual(expect.objectContaining({ Reason: 'home cluster 127.80.3.99 is not discovered' }))
})

test.each<[string, HttpResponse]>([
  ['fails', { status: 503, headers: {} }],
  ['talks nonsense', { status: 200, headers: {}, body: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' }],
])('a node that %s is passed over, and logged', async (_what, failing) => {
  const a = await cluster('cucm1', '127.80.3.20', {}, failing)
  const b = await cluster('cucm2', '127.80.3.21', { alice: 'cucm2.example.com' })
  const { uds, records } = authentication([a.node, b.node])
  expect(await uds.verify('alice', 'right')).toBe('accepted')
  expect(records).toContainEqual(
    expect.objectContaining({
      event: 'Failed to authenticate user against server',
      Server: "('https', '127.80.3.20', 8443)",
    }),
  )
})

test('without a node that answers nothing is decided', async () => {
  const gone = { ...(await cluster('cucm1', '127.80.3.20', {})).node, address: '127.80.3.98' }
  expect(await authentication([gone]).uds.verify('alice', 'right')).toBe('unavailable')
  expect(await authentication([]).uds.verify('alice', 'right')).toBe('unavailable')
})
