import { expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from './clock.ts'
import type { LogRecord } from './log.ts'
import { Log } from './log.ts'
import type { TraceEvent } from './trace.ts'
import { callbackTraceSink, Trace } from './trace.ts'

const wall = new HostWallClock(realMonotonicClock, new Date('2015-01-05T10:00:02.123Z'))

test('a gate decides what is written, sees it, and holds for children', () => {
  const written: LogRecord[] = []
  const seen: LogRecord[] = []
  const plain = new Log({ sink: (record) => void written.push(record), clock: wall, host: 'vcse1', module: 'system' })
  const log = plain.through({
    admits: (module, level) => level !== 'debug' || module === 'chatty',
    take: (record) => void seen.push(record),
  })
  log.child('quiet').debug('no')
  log.child('chatty', { Zone: 'one' }).debug('yes', { Peer: 'two' })
  log.info('too')
  expect(written.map(({ event }) => event)).toEqual(['yes', 'too'])
  expect(written[0]).toMatchObject({ module: 'chatty', level: 'debug', Zone: 'one', Peer: 'two' })
  expect(seen).toEqual(written)
  expect([log.child('quiet'), log.child('chatty'), plain].map((each) => each.isDebugWanted)).toEqual([
    false,
    true,
    false,
  ])
})

test('an observer of the trace hears everything while it listens, also with level off', () => {
  const written: TraceEvent[] = []
  const clocks = { monotonic: realMonotonicClock, wall }
  const sink = callbackTraceSink((event) => void written.push(event))
  const trace = new Trace({ host: 'vcse1', level: 'off', clocks, sink })
  const heard: string[] = []
  trace.note('before')
  const end = trace.observe(({ summary }) => void heard.push(summary ?? ''))
  expect(trace.hasMessages).toBe(true)
  trace.note('during')
  end()
  trace.note('after')
  expect(heard).toEqual(['during'])
  expect(trace.hasMessages).toBe(false)
  expect(written).toEqual([])
})
