import { describe, expect, test } from 'vitest'
import { loggingVcs } from './logging.fixture.ts'

describe('the event log', () => {
  test('has the newest first and no more than it keeps', () => {
    const { log, vcsLog } = loggingVcs({ most: 50 })
    for (let number = 1; number <= 120; number++) log.info(`Event ${number}`)
    const events = vcsLog.events()
    expect(events).toHaveLength(50)
    expect(events[0]?.event).toBe('Event 120')
    expect(events.at(-1)?.event).toBe('Event 71')
    expect(vcsLog.text().split('\n')[0]).toContain('Event="Event 71"')
  })

  test('is filtered by text, module and level', () => {
    const { log, vcsLog } = loggingVcs()
    log.child('tvcs').info('Call Attempted', { 'Src-alias': 'sip:1001@example.com' })
    log.child('tvcs').warn('Call Rejected', { 'Src-alias': 'sip:1001@example.com' })
    log.child('network.http.trafficserver').warn('Sending HTTP error response')
    const found = (filter: Parameters<typeof vcsLog.events>[0]) => vcsLog.events(filter).map(({ event }) => event)
    expect(found({ text: 'SIP:1001' })).toEqual(['Call Rejected', 'Call Attempted'])
    expect(found({ module: 'network' })).toEqual(['Sending HTTP error response'])
    expect(found({ module: 'net' })).toEqual([])
    expect(found({ level: 'warn', module: 'tvcs' })).toEqual(['Call Rejected'])
    expect(found({ most: 1 })).toEqual(['Sending HTTP error response'])
  })
})

describe('MARK', () => {
  test('stands in the log after an idle hour, and each further one', () => {
    const { log, vcsLog, monotonic } = loggingVcs()
    using _marking = vcsLog.markIn(log.child('tvcs'))
    monotonic.advance(40 * 60_000)
    log.info('Call Attempted')
    monotonic.advance(59 * 60_000)
    expect(vcsLog.events({ text: 'MARK' })).toHaveLength(0)
    monotonic.advance(60_000)
    expect(vcsLog.events({ text: 'MARK' })).toHaveLength(1)
    monotonic.advance(2 * 3_600_000)
    expect(vcsLog.events({ text: 'MARK' })).toHaveLength(3)
  })

  test('ends with the VCS', () => {
    const { log, vcsLog, monotonic } = loggingVcs()
    vcsLog.markIn(log)[Symbol.dispose]()
    monotonic.advance(7_200_000)
    expect(vcsLog.events()).toHaveLength(0)
    expect(monotonic.pending).toBe(0)
  })
})

describe('log levels', () => {
  test('DEBUG records of a module are dropped until it is set to debug, and again after the reset', () => {
    const { log, vcsLog, written } = loggingVcs()
    const xcp = log.child('developer.xcp')
    const below = log.child('developer.xcp.router')
    const say = () => [xcp, below, log.child('developer.xcpd')].forEach((each) => each.debug('Frame'))
    say()
    expect(xcp.isDebugWanted).toBe(false)
    expect(vcsLog.levels.set(['developer.xcp'], 'DEBUG')).toEqual({ ok: true })
    say()
    expect(xcp.isDebugWanted).toBe(true)
    expect(vcsLog.levels.list()).toContainEqual({ module: 'developer.xcp', level: 'DEBUG' })
    expect(written.map(({ module }) => module)).toEqual(['developer.xcp', 'developer.xcp.router'])
    vcsLog.levels.set(['developer.xcp'], 'INFO')
    say()
    expect(written).toHaveLength(2)
    expect(vcsLog.events()).toHaveLength(2)
  })

  test('are INFO at first, for the modules of the guide and those of the network', () => {
    const { vcsLog } = loggingVcs()
    const names = vcsLog.levels.list().map(({ module }) => module)
    expect(names).toEqual(
      expect.arrayContaining(['developer.edgeconfigprovisioning', 'developer.trafficserver', 'developer.xcp']),
    )
    expect(vcsLog.levels.list().every(({ level }) => level === 'INFO')).toBe(true)
  })

  test('of a module that does not exist cannot be set, nor of others beside it', () => {
    const { vcsLog } = loggingVcs()
    expect(vcsLog.levels.set(['developer.xcp', 'developer.x'], 'DEBUG')).toMatchObject({ ok: false })
    expect(vcsLog.levels.isDebug('developer.xcp')).toBe(false)
  })
})
