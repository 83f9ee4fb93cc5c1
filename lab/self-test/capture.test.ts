import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TraceEvent } from '#runtime/trace.ts'
import { timelineOf } from '../evidence/timeline.ts'
import { plainCapture } from '../evidence/plain-capture.ts'
import { keyLogOf, wireCapture } from '../evidence/wire-capture.ts'
import { compareCaptures, readCapture } from './compare-captures.ts'
import { exchangedDatagrams, runExchange } from './exchange.fixture.ts'
import type { RunningTcpdump } from '../evidence/tcpdump.ts'
import { watchNetwork } from './watched-network.ts'
import { hasProgram, tsharkComplaints, tsharkFields } from './tshark.ts'

const folder = mkdtempSync(join(tmpdir(), 'mra-capture-'))
const file = (name: string) => join(folder, name)
const place = { inside: '127.79.2.10', outside: '127.79.1.71' }
let events: TraceEvent[] = []
let tcpdumpMissing: string | undefined
let tcpdump: RunningTcpdump | undefined

beforeAll(async () => {
  tcpdump = await watchNetwork(file('tcpdump.pcap'), '127.79.0.0/16').catch((error: Error) => {
    tcpdumpMissing = error.message
    return undefined
  })
  events = await runExchange(place)
  await tcpdump?.stop()
  const timeline = timelineOf(events)
  writeFileSync(file('wire.pcapng'), wireCapture(timeline, 'exchange').file)
  writeFileSync(file('wire.plain.pcapng'), plainCapture(timeline, 'exchange').file)
  writeFileSync(file('keys.log'), keyLogOf(events))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!hasProgram('tshark'))('captures, as tshark reads them', () => {
  test('no malformed packet, no wrong checksum, no gap', () => {
    expect(tsharkComplaints(file('wire.pcapng'))).toEqual([])
    expect(tsharkComplaints(file('wire.plain.pcapng'))).toEqual([])
    const checksums = tsharkFields({
      path: file('wire.pcapng'),
      filter: 'ip.checksum.status != 1 || tcp.checksum.status != 1 || udp.checksum.status != 1',
      fields: ['frame.number'],
      preferences: ['ip.check_checksum:true', 'tcp.check_checksum:true', 'udp.check_checksum:true'],
    })
    expect(checksums).toEqual([])
  })

  test('the secrets inside open TLS, and each message stands in the frame we say', () => {
    const timeline = timelineOf(events)
    const { frameOf } = wireCapture(timeline, 'exchange')
    const rows = tsharkFields({
      path: file('wire.pcapng'),
      filter: 'sip || http',
      fields: ['frame.number', 'sip.Request-Line', 'sip.Status-Line', 'http.request.uri', 'http.response.code'],
    })
    const seen = rows.map(([frame, ...cells]) => `${frame!.join()} ${cells.flat().join()}`)
    const expected = timeline.messages.map(
      ({ number, summary, protocol }) => `${frameOf.get(number)} ${decoded(protocol, summary)}`,
    )
    expect(seen).toEqual(expected)
    expect(seen).toHaveLength(7)
    expect(timeline.messages.map(({ observations }) => observations)).toEqual(Array(7).fill(2))
  })

  test('the plain twin shows the same messages without any secret', () => {
    const wire = readCapture({ path: file('wire.pcapng') })
    const plain = readCapture({ path: file('wire.plain.pcapng') })
    expect(plain.sipStartLines.size).toBe(3)
    expect(plain.sipStartLines).toEqual(wire.sipStartLines)
    expect(plain.sipTransactions).toEqual(wire.sipTransactions)
    expect(plain.httpMessages).toEqual(wire.httpMessages)
  })
})

test.skipIf(!hasProgram('tshark'))('our capture carries what tcpdump saw beside it', ({ skip }) => {
  if (tcpdumpMissing !== undefined) {
    process.stderr.write(`capture comparison skipped: ${tcpdumpMissing}\n`)
    return skip(tcpdumpMissing)
  }
  expect(statSync(file('tcpdump.pcap')).size).toBeGreaterThan(100_000)
  const theirs = { path: file('tcpdump.pcap'), keyLogPath: file('keys.log') }
  const { ours, differences } = compareCaptures({ path: file('wire.pcapng') }, theirs)
  expect(differences).toEqual([])
  expect(ours.datagrams.get('127.79.1.71:36002>127.79.2.10:36000')).toBe(exchangedDatagrams)
  expect(ours.datagrams.get('127.79.1.71:36002>127.79.2.10:36999')).toBe(1)
  expect([...ours.tcpBytes.values()].some((bytes) => bytes > 100_000)).toBe(true)
})

test('a comparison tells what is missing', async ({ skip }) => {
  if (!hasProgram('tshark')) return skip('tshark is missing')
  const fewer = events.filter(({ remote }) => remote?.endsWith(':36999') !== true)
  writeFileSync(file('fewer.pcapng'), wireCapture(timelineOf(fewer), 'one datagram less').file)
  const { differences } = compareCaptures({ path: file('fewer.pcapng') }, { path: file('wire.pcapng') })
  expect(differences).toEqual([
    'datagrams 127.79.1.71:36002>127.79.2.10:36999: 0 in ours, 1 in theirs',
    'datagramBytes 127.79.1.71:36002>127.79.2.10:36999: 0 in ours, 16 in theirs',
  ])
})

function decoded(protocol: string, summary: string): string {
  if (protocol === 'HTTP') return /^\d/.test(summary) ? summary.slice(0, 3) : summary.split(' ')[1]!
  const text = summary.replace(/ \(\w+\)$/, '')
  return /^\d/.test(text) ? `SIP/2.0 ${text}` : `${text} SIP/2.0`
}
