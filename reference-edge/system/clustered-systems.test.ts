import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { ClusteredVcs, mayListenBelow1024 } from './clustered-vcs.fixture.ts'

const api = '/api/provisioning'
const minute = { milliseconds: 61_000 }

describe.skipIf(!mayListenBelow1024)('two VCSs of a cluster', () => {
  let master: ClusteredVcs
  let peer: ClusteredVcs

  beforeEach(async () => {
    ;[master, peer] = await Promise.all([ClusteredVcs.start(1), ClusteredVcs.start(2)])
  })

  afterEach(async () => {
    await Promise.all([master.stop(), peer.stop()])
  })

  const inStep = (vcs: ClusteredVcs) =>
    waitFor('the cluster to be in step', async () => (await vcs.state()).cluster.replication.inStep, { limitMs: 8_000 })

  async function joined(): Promise<void> {
    await Promise.all([master.name('vcsc1'), peer.name('vcsc2')])
    expect((await master.cluster()).status).toBe(200)
    expect((await peer.cluster()).status).toBe(200)
    await inStep(master)
  }

  it('show each other, and the peer takes what the master has, at once and behind every change', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    await inStep(peer)
    const { cluster, mode } = await peer.state()
    expect(mode).toBe('Mobile and remote access')
    expect(cluster).toMatchObject({
      name: 'vcsc.example.com',
      master: master.addresses[0],
      isMaster: false,
      peers: [
        { address: master.addresses[0], fqdn: 'vcsc1.example.com', isMaster: true, state: 'Active', isOwn: false },
        { address: master.addresses[1], fqdn: 'vcsc2.example.com', isMaster: false, state: 'Active', isOwn: true },
      ],
    })
    await master.addDomain('example.com')
    await waitFor('the domain at the peer', async () => (await peer.state()).domains.length === 1)
    await inStep(master)
    expect((await peer.state()).cluster.replication.digest).toBe((await master.state()).cluster.replication.digest)
  })

  it('lose at the next minute what was changed on the peer, which says so above its pages', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    await inStep(peer)
    expect((await peer.addDomain('peer.example.com')).status).toBe(201)
    expect((await peer.state()).cluster.replication.inStep).toBe(false)
    const { text } = await peer.ask('GET', '/api/status')
    expect(text).toContain('vcsc.example.com')
    await master.call('advanceClock', minute)
    await waitFor('the change to be gone', async () => (await peer.state()).domains.length === 0)
    await inStep(peer)
  })

  it('go on without the master, and are told of it by an alarm', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    await inStep(peer)
    await master.ask('PUT', `${api}/common/cluster`, { 'Peer 2 IP address': '' })
    const alarms = async () => (await peer.state()).alarms.map(({ id }) => id)
    await waitFor('the alarm', async () => (await alarms()).some((id) => id === 20003 || id === 20004))
    expect((await peer.state()).mode).toBe('Mobile and remote access')
    expect((await peer.state()).cluster.peers[0]).toMatchObject({ state: 'Failed', reason: expect.any(String) })
    await master.cluster()
    await inStep(master)
    await waitFor('no alarm', async () => !(await alarms()).some((id) => id === 20003 || id === 20004))
  })

  it('are a cluster again behind a restart of either', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    for (const vcs of [peer, master]) {
      await vcs.call('restart')
      await inStep(master)
    }
    expect((await peer.state()).mode).toBe('Mobile and remote access')
  })

  it('are not one with another key', async () => {
    await master.cluster()
    await peer.cluster({ 'Cluster pre-shared key': 'other' })
    const found = async () => (await master.state()).alarms.find(({ id }) => id === 20003)
    expect(await waitFor('the alarm', found)).toMatchObject({
      detail: `${master.addresses[1]} has another pre-shared key`,
    })
    expect((await master.state()).cluster.replication.inStep).toBe(false)
  })

  it('takes no cluster without its own address', async () => {
    const { status, text } = await master.cluster({ 'Peer 1 IP address': '127.77.9.49' })
    expect(status).toBe(400)
    expect(text).toContain(master.addresses[0])
  })
})
