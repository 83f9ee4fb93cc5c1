import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TraceEvent } from '#runtime/trace.ts'
import { timelineOf } from '../evidence/timeline.ts'
import { wireCapture } from '../evidence/wire-capture.ts'
import { hasProgram, tsharkFields } from './tshark.ts'

const folder = mkdtempSync(join(tmpdir(), 'mra-ports-again-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const [dialler, acceptor] = ['127.79.3.10:41113', '127.79.3.20:8080']

/** What the acceptor saw of a connection that carries one text. */
function connection(startMs: number, text: string): TraceEvent[] {
  const event = (afterMs: number, rest: Partial<TraceEvent>) => ({
    at: String(BigInt(startMs + afterMs) * 1_000_000n),
    hostTime: new Date(1_000_000 + startMs + afterMs).toISOString(),
    host: 'cucm1',
    transport: 'tcp' as const,
    connection: `tcp/${dialler}/${acceptor}`,
    local: acceptor,
    remote: dialler,
    ...rest,
  })
  const bytes = Buffer.from(text).toString('base64')
  return [
    event(0, { kind: 'open' }),
    event(1, { kind: 'segment', direction: 'received', bytes }),
    event(2, { kind: 'close' }),
  ] as TraceEvent[]
}

test.skipIf(!hasProgram('tshark'))(
  'connections that have one pair of ports behind each other are two for tshark',
  () => {
    const events = [...connection(1_000, 'the first'), ...connection(3_000, 'another')]
    const path = join(folder, 'again.pcapng')
    writeFileSync(path, wireCapture(timelineOf(events), 'ports used again').file)
    const filter = 'tcp.len > 0 && !tcp.analysis.retransmission'
    const rows = tsharkFields({ path, filter, fields: ['tcp.stream', 'tcp.payload'] })
    expect(rows.map(([stream, payload]) => [stream![0], Buffer.from(payload![0]!, 'hex').toString()])).toEqual([
      ['0', 'the first'],
      ['1', 'another'],
    ])
  },
)
