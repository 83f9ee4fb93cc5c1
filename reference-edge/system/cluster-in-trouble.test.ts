import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { startExpressway } from '../expressway/start.ts'
import { ClusteredVcs, mayListenBelow1024 } from './clustered-vcs.fixture.ts'

const api = '/api/provisioning'
const minute = { milliseconds: 61_000 }
const allowList = `${api}/controller/mra/allowlist`
const firewallRules = `${api}/common/protection/firewallrule`

const domainsOf = async (vcs: ClusteredVcs) => (await vcs.state()).domains.map(({ name }) => name)
const alarmsOf = async (vcs: ClusteredVcs) => (await vcs.state()).alarms.map(({ id }) => id)

async function digestOf(vcs: ClusteredVcs): Promise<string> {
  return (await vcs.state()).cluster.replication.digest
}

async function inStep(...peers: readonly ClusteredVcs[]): Promise<void> {
  for (const vcs of peers) {
    const isInStep = async () => (await vcs.state()).cluster.replication.inStep
    await waitFor('the cluster to be in step', isInStep, { limitMs: 10_000, everyMs: 20 })
  }
  expect(new Set(await Promise.all(peers.map(digestOf))).size).toBe(1)
}

/** The other peer as a VCS shows it on System > Clustering. */
async function rowOf(shown: ClusteredVcs, of: ClusteredVcs): Promise<Record<string, unknown> | undefined> {
  const { text } = await shown.ask('GET', `${api}/common/cluster/views/peers`)
  const { rows } = JSON.parse(text) as { rows: Record<string, unknown>[] }
  return rows.find((row) => JSON.stringify(row).includes(of.address))
}

async function activate(vcs: ClusteredVcs): Promise<void> {
  for (const action of ['activate', 'confirm'])
    expect((await vcs.ask('POST', `${firewallRules}/actions/${action}`, {})).status).toBe(200)
}

describe.skipIf(!mayListenBelow1024)('a cluster of two VCSs in trouble', () => {
  let one: ClusteredVcs
  let other: ClusteredVcs

  beforeEach(async () => {
    ;[one, other] = await Promise.all([ClusteredVcs.start(1, 5), ClusteredVcs.start(2, 5)])
    await Promise.all([one.name('vcsc1'), other.name('vcsc2')])
    await one.setMode('Mobile and remote access')
    await one.cluster()
    await other.cluster()
    await inStep(one, other)
  })

  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()])
  })

  it('what changes while a peer is down is there when it is back', async () => {
    await other.halt()
    await one.addDomain('meanwhile.example.com')
    await waitFor('the alarm', async () => (await alarmsOf(one)).includes(20_004), { limitMs: 8_000 })
    await other.startAgain()
    await inStep(one, other)
    expect(await domainsOf(other)).toEqual(['meanwhile.example.com'])
    expect(await alarmsOf(one)).not.toContain(20_004)
  })

  it('the master moves: both are told, and the one of before takes what the new one has', async () => {
    await other.cluster({ 'Configuration master': 2 })
    await waitFor('the alarm', async () => (await alarmsOf(one)).includes(20_003))
    await one.cluster({ 'Configuration master': 2 })
    await inStep(one, other)
    await other.addDomain('of-two.example.com')
    await waitFor('the domain', async () => (await domainsOf(one)).length === 1)
    expect(await alarmsOf(one)).not.toContain(20_003)
    expect(await alarmsOf(other)).not.toContain(20_003)
    expect((await one.ask('GET', '/api/status')).text).toContain('vcsc2.example.com')
    await one.addDomain('of-one.example.com')
    await other.call('advanceClock', minute)
    await waitFor('the change to be gone', async () => (await domainsOf(one)).join() === 'of-two.example.com')
  })

  it('two that both believe to be the master say so, and neither takes anything', async () => {
    await other.cluster({ 'Configuration master': 2 })
    for (const vcs of [one, other]) {
      await waitFor('the alarm', async () => (await alarmsOf(vcs)).includes(20_003))
      await vcs.addDomain(`of-${vcs.number}.example.com`)
    }
    for (const vcs of [one, other]) await vcs.call('advanceClock', minute)
    await waitFor('a failed hand-over', async () => (await one.state()).cluster.replication.failures.length > 0)
    expect(await domainsOf(one)).toEqual(['of-1.example.com'])
    expect(await domainsOf(other)).toEqual(['of-2.example.com'])
    for (const vcs of [one, other]) expect((await vcs.state()).cluster.replication.inStep).toBe(false)
  })

  it('a cut link: both go on with what they have, each alone; healed, the master counts', async () => {
    const cut = {
      Priority: 1,
      'IP address': one.address,
      'Prefix length': 32,
      Service: 'Custom',
      'Start port': 1,
      'End port': 65_535,
      Action: 'Drop',
    }
    expect((await other.ask('POST', firewallRules, cut)).status).toBe(201)
    await activate(other)
    // A rule is for new connections.
    await one.call('restart')
    const isMissing = async () =>
      (await rowOf(one, other))?.['state'] === 'Failed' && (await alarmsOf(one)).includes(20_004)
    await waitFor('the master to miss its peer', isMissing, { limitMs: 15_000 })
    await one.addDomain('of-one.example.com')
    await other.addDomain('of-two.example.com')
    expect(await domainsOf(other)).toEqual(['of-two.example.com'])
    await other.ask('DELETE', `${firewallRules}/1`)
    await activate(other)
    await inStep(one, other)
    expect(await domainsOf(other)).toEqual(['of-one.example.com'])
  }, 40_000)

  it('two hundred rows: new, changed, removed and in their order', async () => {
    for (let row = 0; row < 200; row++)
      expect((await one.ask('POST', allowList, { 'Server hostname': `host${row}.example.com` })).status).toBe(201)
    await inStep(one, other)
    for (let row = 0; row < 200; row += 7) await one.ask('DELETE', `${allowList}/host${row}.example.com`)
    await one.ask('PUT', `${allowList}/host1.example.com`, { Description: 'changed' })
    await one.ask('POST', allowList, { 'Server hostname': 'host0.example.com' })
    await inStep(one, other)
    const rows = async (vcs: ClusteredVcs) => (await vcs.ask('GET', allowList)).text
    expect(await rows(other)).toBe(await rows(one))
    expect(await rows(other)).toContain('host199.example.com')
  }, 60_000)

  it('a VCS that is taken out keeps what it has and is its own master', async () => {
    await one.addDomain('kept.example.com')
    await waitFor('the domain', async () => (await domainsOf(other)).length === 1)
    await other.ask('PUT', `${api}/common/cluster`, {
      'Cluster name': '',
      'Peer 1 IP address': '',
      'Peer 2 IP address': '',
    })
    const { cluster, mode, alarms } = await other.state()
    expect(cluster).toMatchObject({ name: '', isMaster: true, peers: [], replication: { inStep: true } })
    expect([mode, await domainsOf(other)]).toEqual(['Mobile and remote access', ['kept.example.com']])
    expect(alarms.map(({ id }) => id).filter((id) => [20_003, 20_004, 20_009].includes(id))).toEqual([])
    await waitFor('the master to miss it', async () => (await rowOf(one, other))?.['state'] === 'Failed', {
      limitMs: 8_000,
    })
    await one.addDomain('not-there.example.com')
    await one.call('advanceClock', minute)
    expect(await domainsOf(other)).toEqual(['kept.example.com'])
    expect((await other.ask('GET', '/api/status')).text).not.toContain('are overwritten')
  })

  it('a VCS of the other product is no peer: the reason and what to do stand on System > Clustering', async () => {
    await other.stop()
    other = await ClusteredVcs.start(2, 5, startExpressway)
    await other.cluster()
    const failed = async () => (await rowOf(one, other))?.['reason']
    await waitFor('the reason', async () => /is a VCS Expressway/.test(String(await failed())), { lastSeen: failed })
    expect(await rowOf(one, other)).toMatchObject({ state: 'Failed', action: expect.stringContaining('one product') })
    expect(await alarmsOf(one)).toContain(20_003)
    expect((await other.state()).mode).not.toBe('Mobile and remote access')
  })
})
