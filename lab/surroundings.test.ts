import { expect, test } from 'vitest'
import { isInPrivateFabric } from './fabric/private.ts'
import { claimLoopbackFabric } from './fabric/loopback.ts'
import { FirewallUnavailable } from './fabric/netfilter.ts'
import { needsPrivateFabric, obstacleTo, openStaticNat, underOneName } from './surroundings.ts'
import { readTopology } from './topology/topology.ts'

const single = readTopology('single')
const staticNat = readTopology('static-nat')

test('a single NIC with static NAT is not deployable without NAT reflection', () => {
  expect(obstacleTo(staticNat, 'no-reflection')).toMatch(/vcse1 has a single NIC with static NAT/)
  expect(obstacleTo(staticNat, 'reflection')).toBeUndefined()
  expect(obstacleTo(single, 'no-reflection')).toBeUndefined()
})

test.skipIf(isInPrivateFabric())('translation is never set up on the machine itself', async () => {
  const fabric = await claimLoopbackFabric()
  try {
    expect(needsPrivateFabric(single)).toBe(false)
    expect(await openStaticNat(single, fabric, 'reflection')).toBeUndefined()
    await expect(openStaticNat(staticNat, fabric, 'reflection')).rejects.toThrow(FirewallUnavailable)
  } finally {
    fabric.release()
  }
})

test('both ends of a translated connection give it one name', () => {
  const place = { publicAddress: '127.1.5.1', privateAddress: '127.1.2.1' } as never
  const seen = (connection: string, remote: string) =>
    underOneName({ at: '1', hostTime: '', host: 'a', kind: 'open', connection, remote }, place)
  const outside = seen('tcp/127.1.1.71:4000/127.1.5.1:5061', '127.1.5.1:5061')
  expect(outside).toMatchObject({ connection: 'tcp/127.1.1.71:4000/127.1.2.1:5061', remote: '127.1.5.1:5061' })
  expect(seen('tcp/127.1.1.71:4000/127.1.5.10:5061', '').connection).toBe('tcp/127.1.1.71:4000/127.1.5.10:5061')
})
