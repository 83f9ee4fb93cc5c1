import { describe, expect, test } from 'vitest'
import { Log } from '#runtime/log.ts'
import type { LogRecord } from '#runtime/log.ts'
import { HostWallClock } from '#runtime/clock.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { HeaderLines } from '../protocol/sip/header-lines.ts'
import { SipRequest } from '../protocol/sip/message.ts'
import { CallType } from './admission.ts'
import type { CallRecord } from './call-history.ts'
import { CallHistory, callsOf, componentsOf, endedCall } from './call-history.ts'
import { SearchHistory } from './search-history.ts'

function call(id: string, facts: Partial<CallRecord> = {}): CallRecord {
  return {
    id,
    callType: CallType.unifiedCmRemoteSession,
    source: 'sip:1001@cucm1.example.com',
    destination: 'sip:1002@cucm1.example.com',
    state: 'Attempted',
    startedAt: '2015-01-05T10:00:00.000Z',
    components: componentsOf('Traversal Zone', 'CEtcp-cucm1'),
    ...facts,
  }
}

const at = new Date('2015-01-05T10:01:30.000Z')

describe('an ended call', () => {
  test('that was connected has its duration and no response code', () => {
    const connected = call('a', { state: 'Connected', connectedAt: '2015-01-05T10:00:10.000Z' })
    const ended = endedCall(connected, { at, reason: 'Call cleared', responseCode: 480 })
    expect(ended).toMatchObject({ state: 'Disconnected', durationSeconds: 80, endedAt: at.toISOString() })
    expect(ended).not.toHaveProperty('responseCode')
    expect(ended.components).toHaveLength(3)
  })

  test('that was refused is Rejected with the code, one that was cancelled is Disconnected', () => {
    expect(endedCall(call('a'), { at, reason: 'Busy', responseCode: 486 })).toMatchObject({
      state: 'Rejected',
      responseCode: 486,
      durationSeconds: 0,
    })
    expect(endedCall(call('a'), { at, reason: 'x', responseCode: 487 })).toMatchObject({ state: 'Disconnected' })
  })
})

describe('the history', () => {
  test('holds the 500 most recent of 501 calls, newest first, and counts all', () => {
    const history = new CallHistory()
    for (let number = 1; number <= 501; number++) {
      history.add(endedCall(call(`${number}`), { at, reason: 'Busy', responseCode: 486 }))
    }
    expect(history.list()).toHaveLength(500)
    expect(history.list()[0]?.id).toBe('501')
    expect(history.list().at(-1)?.id).toBe('2')
    expect(history.counts()).toEqual({ ended: 501, connected: 0 })
  })

  test('shows the calls of one registration', () => {
    const calls = [call('a'), call('b', { source: 'sip:1003@cucm1.example.com;transport=tcp' }), call('c')]
    expect(callsOf(calls, '1003@CUCM1.example.com').map(({ id }) => id)).toEqual(['b'])
    expect(callsOf(calls, 'sip:1001@cucm1.example.com').map(({ id }) => id)).toEqual(['a', 'c'])
    expect(callsOf(calls, 'sip:1')).toEqual([])
  })
})

test('the search history holds the last 255 and logs each', () => {
  const wall = new HostWallClock(new ManualClock(), at)
  const records: LogRecord[] = []
  const log = new Log({ sink: (record) => void records.push(record), clock: wall, host: 'vcsc1', module: 'tvcs' })
  const searches = new SearchHistory({ wall, log })
  const invite = (user: number) =>
    new SipRequest(
      { method: 'INVITE', requestUri: `sip:${user}@cucm1.example.com` },
      new HeaderLines([]),
      Buffer.alloc(0),
    )
  for (let user = 1; user <= 300; user++) searches.add(invite(user), { rule: 'CEtcp-cucm1', zone: 'CEtcp-cucm1' })
  searches.add(invite(301), undefined)
  expect(searches.total).toBe(301)
  expect(searches.list()).toHaveLength(255)
  expect(searches.list().slice(0, 2)).toEqual([
    expect.objectContaining({ destination: 'sip:301@cucm1.example.com', outcome: 'Not Found' }),
    expect.objectContaining({ rule: 'CEtcp-cucm1', zone: 'CEtcp-cucm1', outcome: 'Found', searchType: 'INVITE' }),
  ])
  expect(searches.list()[0]).not.toHaveProperty('zone')
  expect(records.at(-1)).toMatchObject({ event: 'Search Completed', Reason: 'Not Found' })
})
