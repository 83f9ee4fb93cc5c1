import { describe, expect, it } from 'vitest'
import { readStreams } from './capture.ts'
import { judgeLoad } from './judge-load.ts'

const figures = { count: 1_000, p50: 1, p95: 2, p99: 4, max: 9 }
const audio = { sent: 10_000, received: 10_000, lost: 0, foreign: 0, silent: 0, late: 0 }
const measures = { stages: { 'keepalive REGISTER': figures }, failures: {}, audio, transit: figures, lateness: figures }
const order = {
  registrations: 200,
  calls: 10,
  signIns: 0,
  rate: 1,
  chats: 0,
  holdSeconds: 120,
  rampPerSecond: 10,
  capture: true,
}
const healthy = {
  order,
  rampSeconds: 10,
  outside: measures,
  inside: measures,
  lost: { registrations: 0, calls: 0, chats: 0 },
  seen: { registrations: 200, calls: 10, throttled: { stalled: 0, closed: 0 } },
  beyondLimit: 'refused' as const,
  captured: { streams: 20, packets: 20_000, lost: 0 },
  takingDown: undefined,
  usage: { ramp: [], hold: [] },
  saturatedShare: 0,
}

describe('judgeLoad', () => {
  it('passes what lost nothing', () => {
    const refusal = { ...measures, failures: { 'REGISTER: 503 Service Unavailable': 1 } }
    expect(judgeLoad({ ...healthy, outside: refusal })).toEqual({ verdict: 'passed', shortcomings: [] })
  })

  it.each([
    ['a second refusal', { outside: { ...measures, failures: { 'REGISTER: 503 Service Unavailable': 2 } } }],
    ['a registration that Unified CM has not', { seen: { ...healthy.seen, registrations: 199 } }],
    ['a call that Unified CM has not', { seen: { ...healthy.seen, calls: 9 } }],
    ['a registration beyond the limit', { beyondLimit: 'registered' as const }],
    ['a lost registration', { lost: { ...healthy.lost, registrations: 1 } }],
    ['a missing keepalive', { outside: { ...measures, stages: {} } }],
    ['a packet of a thousand', { inside: { ...measures, audio: { ...audio, received: 9_990, lost: 10 } } }],
    ['a silent stream', { outside: { ...measures, audio: { ...audio, silent: 1 } } }],
    ['what tshark misses', { captured: { streams: 20, packets: 19_980, lost: 20 } }],
    ['a stream that tshark does not see', { captured: { streams: 19, packets: 20_000, lost: 0 } }],
    ['an end that does not come', { takingDown: 'hanging up was not over within 90 s' }],
    ['a capture that cannot be judged', { captured: { error: 'tcpdump missed 3 packets' } }],
  ])('fails for %s', (_what, difference) => {
    const { verdict, shortcomings } = judgeLoad({ ...healthy, ...difference })
    expect(verdict).toBe('failed')
    expect(shortcomings).toHaveLength(1)
  })
})

describe('readStreams', () => {
  it("reads tshark's table", () => {
    const table = [
      '========================= RTP Streams ========================',
      '   Start time      End time     Src IP addr  Port    Dest IP addr  Port       SSRC          Payload  Pkts         Lost',
      '     0.000000      9.980000      127.1.2.10 36010     127.1.1.100 16384 0x1D2B3C4F            g711U   500     3 (0.6%)       0.015  X',
      '     0.002000      9.982000      127.1.3.10 36012     127.1.3.100 16386 0xAABBCCDD            g711U   497     0 (0.0%)       0.015',
      '==============================================================',
    ].join('\n')
    expect(readStreams(table)).toEqual({ streams: 2, packets: 997, lost: 3 })
  })
})
