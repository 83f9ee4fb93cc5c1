import { describe, expect, test } from 'vitest'
import type { LogRecord } from '#runtime/log.ts'
import { logLine } from './log-line.ts'

const base = { at: '2015-01-05T10:00:02.123Z', host: 'vcse1', module: 'tvcs', level: 'info' } as const

function line(record: Partial<LogRecord> & { event: string }): string {
  return logLine({ ...base, ...record })
}

describe('events', () => {
  test('have Event first, then Level and UTCTime last', () => {
    expect(line({ event: 'Registration Accepted', Service: 'SIP', Level: 1, Duration: 120 })).toBe(
      '2015-01-05T10:00:02+00:00 vcse1 tvcs: Event="Registration Accepted" Service="SIP" Duration="120" ' +
        'Level="1" UTCTime="2015-01-05 10:00:02,123"',
    )
  })

  test('of the HTTP proxy belong to its process', () => {
    const module = 'network.http.trafficserver'
    expect(line({ module, level: 'warn', event: 'Sending HTTP error response', Status: 403 })).toMatch(
      /^2015-01-05T10:00:02\+00:00 vcse1 traffic_server: Event="Sending HTTP error response" Status="403" Level="1" /,
    )
  })

  test('without a value have no field', () => {
    expect(line({ event: 'Call Attempted', Tag: undefined })).not.toContain('Tag')
  })
})

describe('what comes from outside', () => {
  const hostile =
    'x" Level="9" Event="Admin Session Start"\r\n2015-01-05T10:00:02+00:00 vcse1 web: Event="y\u2028\u202e\\'

  test('ends neither a value nor a line', () => {
    const written = line({ event: 'Call Attempted', 'Src-alias': hostile, 'a"b\nc': 1 })
    expect(written).not.toMatch(/[\r\n\u2028\u202e]/)
    expect(written.replace(/\\./g, '').match(/ Event="/g)).toHaveLength(1)
    expect(written).toContain('\\" Level=\\"9\\"')
    expect(written).toContain('\\\\"')
    expect(written).toContain('a_b_c="1"')
  })

  test('is cut where it is long', () => {
    expect(line({ event: 'Call Attempted', 'Src-alias': 'a'.repeat(1e6) }).length).toBeLessThan(5_000)
  })

  test('cannot begin a record from inside a message', () => {
    const lines = line({
      module: 'network.sip',
      level: 'debug',
      event: '',
      SIPMSG: `INVITE x\r\n${hostile}\u0007`,
    }).split('\n')
    expect(lines.slice(1).every((each) => each.startsWith(' |'))).toBe(true)
    expect(lines[2]).not.toContain('\u0007')
  })
})

test('a field of a secret name shows no value', () => {
  const written = line({ event: 'x', Password: 'quarz', Authorization: 'Basic cXVhcno=', 'X-Auth-Token': 'quarz' })
  expect(written).not.toMatch(/quarz|cXVhcno/)
  expect(written).toContain('Password="****"')
})

test('developer modules say UTCTime, Module, Level and Detail', () => {
  const module = 'developer.edgeconfigprovisioning'
  expect(line({ module, event: 'Authenticated user successfully', Username: 'alice' })).toBe(
    '2015-01-05T10:00:02+00:00 vcse1 edgeconfigprovisioning: UTCTime="2015-01-05 10:00:02,123" ' +
      'Module="developer.edgeconfigprovisioning" Level="INFO" Detail="Authenticated user successfully" Username="alice"',
  )
})
