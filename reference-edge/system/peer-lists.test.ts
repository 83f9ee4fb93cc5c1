import { expect, test } from 'vitest'
import { columnsOf } from '../administration/page-parts.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { noCluster } from '../cluster/cluster.ts'
import { joinedClusters, joinedPair } from '../cluster/joined-pair.fixture.ts'
import { CallType } from '../calls/admission.ts'
import type { CallRecord } from '../calls/call-history.ts'
import { CallHistory, componentsOf, endedCall } from '../calls/call-history.ts'
import { callHistory } from '../configuration/pages/status.ts'
import { callLists } from './call-rows.ts'
import { registrationList } from './registration-list.ts'

/** The call that began so many seconds after ten. */
function call(second: number, source = `sip:${second}@example.com`): CallRecord {
  return {
    id: `${source} ${second}`,
    callType: CallType.unifiedCmRemoteSession,
    source,
    destination: 'sip:1002@cucm1.example.com',
    state: 'Attempted',
    startedAt: at(second).toISOString(),
    components: componentsOf('Traversal Zone', 'CEtcp-cucm1'),
  }
}

function at(second: number): Date {
  return new Date(Date.UTC(2015, 0, 5, 10, 0, second))
}

/** The lists of a VCS with these calls under way and this many in its history, one a second. */
function vcs(own: string, cluster: Cluster, { current = [] as CallRecord[], ended = 0, first = 1 } = {}) {
  const history = new CallHistory()
  for (let second = first; second < first + 2 * ended; second += 2) {
    history.add(endedCall(call(second), { at: at(second + 1), reason: 'Busy', responseCode: 486 }))
  }
  return callLists({ cluster, own }, { current: () => current, history: () => history.list() })
}

test('of 600 calls on each of two peers both list 1000, newest first', async () => {
  const { one, other } = joinedPair()
  const lists = [vcs('peer1', one, { ended: 600 }), vcs('peer2.example.test', other, { ended: 600, first: 2 })]
  for (const { history } of lists) {
    const rows = await history()
    expect(rows).toHaveLength(1_000)
    expect(rows.slice(0, 3).map(({ peer }) => peer)).toEqual(
      ['peer2.example.test', 'peer1', 'peer2.example.test'].map(own),
    )
    const starts = rows.map(({ start }) => String(start))
    expect(starts).toEqual(starts.toSorted().toReversed())
    expect(new Set(rows.map(({ source }) => source)).size).toBe(1_000)
    expect(rows[0]).toMatchObject({ source: 'sip:1200@example.com', status: 'Rejected: 486 Busy', duration: '0 s' })
    expect(rows.at(-1)).toMatchObject({ source: 'sip:201@example.com' })
  }
  function own(name: string) {
    return name === 'peer1' ? expect.stringMatching(/^peer1/) : name
  }
})

test('of 600 current calls a peer shows the 500 most recent', async () => {
  const { one, other } = joinedPair()
  const current = Array.from({ length: 600 }, (_, index) => call(index + 1))
  const [first] = [vcs('peer1', one, { current }), vcs('peer2', other, { current })]
  const rows = await first.current()
  expect(rows).toHaveLength(1_000)
  expect(rows[0]).toMatchObject({ source: 'sip:600@example.com' })
  expect(rows.at(-1)).toMatchObject({ source: 'sip:101@example.com' })
})

test('a VCS of no cluster shows its calls without a peer, and its page has no column for one', async () => {
  const rows = await vcs('vcsc1', noCluster, { ended: 2 }).history()
  expect(rows.map(({ source }) => source)).toEqual(['sip:3@example.com', 'sip:1@example.com'])
  expect(rows[0]).not.toHaveProperty('peer')
  const description = callHistory.views!['calls']!
  expect(columnsOf(description, rows)).toEqual(description.columns)
  expect(columnsOf(description, [{ ...rows[0], peer: 'vcsc1' }])).toEqual({ ...description.columns, peer: 'Peer' })
})

test('a peer that does not tell its calls has a row that says so', async () => {
  const { members, part, rejoin } = joinedClusters(3)
  const lists = vcs('peer1', members[0]!, { current: [call(1)] })
  vcs('peer2', members[1]!, { current: [call(2)] })
  // Its applications start: nobody answers.
  expect(await lists.current()).toEqual([
    { peer: 'peer3.example.test', status: expect.stringMatching(/^Failed: nothing answers/) },
    expect.objectContaining({ peer: 'peer2.example.test' }),
    expect.objectContaining({ peer: 'peer1' }),
  ])
  vcs('peer3', members[2]!, { current: [call(3)] })
  part(1)
  expect(await lists.current()).toEqual([
    { peer: 'peer2.example.test', status: 'Failed: the peer cannot be reached' },
    expect.objectContaining({ peer: 'peer3.example.test' }),
    expect.objectContaining({ peer: 'peer1' }),
  ])
  rejoin(1)
  expect((await lists.current()).map(({ peer }) => peer)).toEqual(['peer3.example.test', 'peer2.example.test', 'peer1'])
})

test('what a peer says in another form is left out, and more rows than it should', async () => {
  const { one, other } = joinedPair()
  const { current } = vcs('peer1', one)
  const row = { start: at(1).toISOString(), source: 'sip:1@example.com', status: 'Connected' }
  const rows = Array.from({ length: 600 }, () => ({ at: row.start, row }))
  let said: unknown = [
    null,
    1,
    {},
    { at: 1, row },
    { at: '', row: null },
    { at: '', row: { ...row, source: {}, x: 1 } },
  ]
  other.answer('current calls', () => said)
  expect(await current()).toEqual([{ start: row.start, status: 'Connected', peer: 'peer2.example.test' }])
  said = rows
  expect(await current()).toHaveLength(500)
  for (said of [null, 'x', 1, {}]) expect(await current()).toEqual([])
})

test('registrations of all peers; what leads to the details of a device stays with its own VCS', async () => {
  const { one, other } = joinedPair()
  const rows = (aor: string) => () => [{ aor, contact: 'sip:1@127.0.0.1', state: 'Active', details: aor }]
  const registrations = registrationList({ cluster: one, own: 'peer1' }, rows('alice@example.com'))
  registrationList({ cluster: other, own: 'peer2' }, rows('bob@example.com'))
  expect(await registrations()).toEqual([
    expect.objectContaining({ aor: 'alice@example.com', peer: 'peer1', details: 'alice@example.com' }),
    { aor: 'bob@example.com', contact: 'sip:1@127.0.0.1', state: 'Active', peer: 'peer2.example.test' },
  ])
})
