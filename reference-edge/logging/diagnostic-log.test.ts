import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DiagnosticLog } from './diagnostic-log.ts'
import { loggingVcs } from './logging.fixture.ts'

function diagnostics({ mostCharacters }: { mostCharacters?: number } = {}) {
  const vcs = loggingVcs({ traceLevel: 'off' })
  const diagnosticLog = new DiagnosticLog({
    ...vcs,
    hostName: () => 'vcse1',
    dumps: { configuration: () => 'SystemUnit Name: "vcse1"\n', status: () => '*s Zones:\n' },
    ...(mostCharacters === undefined ? {} : { mostCharacters }),
  })
  const text = () => {
    const answer = diagnosticLog.download()
    if (!answer.ok) throw new Error(answer.reason)
    return answer.result.text
  }
  return { ...vcs, diagnosticLog, text }
}

const register = [
  'REGISTER sip:cucm1.example.com SIP/2.0',
  'Via: SIP/2.0/TLS 127.9.1.71:5061;branch=z9hG4bK1',
  'From: <sip:1001@cucm1.example.com>;tag=one',
  't: <sip:1001@cucm1.example.com>',
  'Call-ID: call@127.9.1.71',
  'CSeq: 101 REGISTER',
  'Proxy-Authorization: Digest username="alice",',
  ' response="5ecre7"',
  '',
  '',
].join('\r\n')

const received = {
  kind: 'message',
  direction: 'received',
  transport: 'tcp',
  connection: 'tcp/1',
  local: '127.9.2.10:5061',
  remote: '127.9.1.71:50784',
  protocol: 'SIP',
  bytes: register,
} as const

describe('the log', () => {
  test('holds exactly the records of its period', () => {
    const { log, diagnosticLog, text } = diagnostics()
    log.info('Before')
    diagnosticLog.start()
    log.info('During')
    log.child('developer.xcp').debug('Too much')
    diagnosticLog.stop()
    log.info('After')
    expect(text()).toContain('Event="During"')
    expect(text()).not.toMatch(/Before|After|Too much/)
    expect(text().trim().split('\n')).toHaveLength(3)
  })

  test('has DEBUG records of modules that are at DEBUG', () => {
    const { log, diagnosticLog, vcsLog, text } = diagnostics()
    vcsLog.levels.set(['developer.xcp'], 'DEBUG')
    diagnosticLog.start()
    log.child('developer.xcp').debug('Frame')
    diagnosticLog.stop()
    expect(text()).toContain('Module="developer.xcp" Level="DEBUG" Detail="Frame"')
  })

  test('has each SIP message as one line, without its text', () => {
    const { trace, diagnosticLog, text } = diagnostics()
    expect(trace.hasMessages).toBe(false)
    diagnosticLog.start()
    expect(trace.hasMessages).toBe(true)
    trace.record(received)
    diagnosticLog.stop()
    expect(trace.hasMessages).toBe(false)
    expect(text()).toMatch(
      /tvcs: UTCTime="2015-01-05 10:00:02,123" Module="network.sip" Level="INFO": Action="Received" Local-ip="127.9.2.10" Local-port="5061" Src-ip="127.9.1.71" Src-port="50784" Detail="Receive Request Method=REGISTER, CSeq=101, Request-URI=sip:cucm1.example.com, Call-ID=call@127.9.1.71, From-Tag=one, To-Tag=, Msg-Hash=\d+"\n/,
    )
    expect(text()).not.toContain('SIPMSG')
  })

  test('has their text where network.sip is at DEBUG, without secrets', () => {
    const { trace, diagnosticLog, vcsLog, text } = diagnostics()
    vcsLog.levels.set(['network.sip', 'network.tcp'], 'DEBUG')
    diagnosticLog.start()
    trace.record({ ...received, kind: 'open' })
    trace.record(received)
    diagnosticLog.stop()
    expect(text()).toContain('Level="DEBUG": Src-ip="127.9.1.71"')
    expect(text()).toContain(' SIPMSG:\n |REGISTER sip:cucm1.example.com SIP/2.0\n |Via: SIP/2.0/TLS')
    expect(text()).toContain('\n |Proxy-Authorization: Digest username="alice", ****\n')
    expect(text()).not.toContain('5ecre7')
  })

  test('has a marker line for each marker, where it was set', () => {
    const { log, diagnosticLog, text } = diagnostics()
    diagnosticLog.start()
    diagnosticLog.addMarker('before "the" call')
    log.info('Call Attempted')
    diagnosticLog.addMarker('after\nthe call')
    diagnosticLog.stop()
    const lines = text().trim().split('\n').slice(1, -1)
    expect(lines).toEqual([
      '2015-01-05T10:00:02+00:00 vcse1 web: UTCTime="2015-01-05 10:00:02,123" Module="developer.diagnostics.markers" DEBUG_MARKER "before \\"the\\" call"',
      expect.stringContaining('Event="Call Attempted"'),
      expect.stringMatching(/DEBUG_MARKER "after\\x0athe call"$/),
    ])
    expect(diagnosticLog.status()).toMatchObject({ state: 'Stopped', markers: 2 })
  })

  test('loses its oldest records where it grows too large, and says so', () => {
    const { log, diagnosticLog, text } = diagnostics({ mostCharacters: 5_000 })
    diagnosticLog.start()
    for (let number = 1; number <= 500; number++) log.info(`Event ${number}`)
    diagnosticLog.stop()
    expect(text().length).toBeLessThan(6_000)
    expect(text()).toMatch(/^\*\*\* The log was full: the oldest \d+ records are not in this file/)
    expect(text()).toContain('Event 500')
  })
})

describe('the buttons', () => {
  test('are refused out of their order', async () => {
    const { diagnosticLog } = diagnostics()
    const refused = (answer: { ok: boolean; reason?: string }) => {
      expect(answer).toMatchObject({ ok: false, reason: expect.stringMatching(/\w/) })
    }
    refused(diagnosticLog.addMarker('x'))
    refused(diagnosticLog.stop())
    refused(diagnosticLog.download())
    refused(await diagnosticLog.downloadArchive())
    diagnosticLog.start()
    refused(diagnosticLog.start())
    refused(diagnosticLog.download())
    refused(await diagnosticLog.downloadArchive())
    expect(diagnosticLog.stop().ok).toBe(true)
    refused(diagnosticLog.addMarker('x'))
    refused(diagnosticLog.stop())
  })

  test('a new start replaces the log before', () => {
    const { log, diagnosticLog, text } = diagnostics()
    diagnosticLog.start()
    log.info('First')
    diagnosticLog.stop()
    diagnosticLog.start()
    log.info('Second')
    diagnosticLog.stop()
    expect(text()).toContain('Second')
    expect(text()).not.toContain('First')
  })
})

test('the archive is one that tar reads, with its files', async () => {
  const { log, diagnosticLog, text } = diagnostics()
  log.info('Earlier')
  diagnosticLog.start()
  diagnosticLog.stop()
  const answer = await diagnosticLog.downloadArchive()
  if (!answer.ok) throw new Error(answer.reason)
  const folder = mkdtempSync(join(tmpdir(), 'diagnostic-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, answer.result.name)
  writeFileSync(path, answer.result.bytes)
  const stamp = 'vcse1_2015-01-05_10_00_02'
  expect(answer.result.name).toBe(`diagnostic_log_${stamp}.tar.gz`)
  expect(execFileSync('tar', ['tzf', path], { encoding: 'utf8' }).trim().split('\n')).toEqual([
    `loggingsnapshot_${stamp}.txt`,
    `xconf_dump_${stamp}.txt`,
    `xstat_dump_${stamp}.txt`,
    'eventlog',
  ])
  execFileSync('tar', ['xzf', path, '-C', folder])
  expect(readFileSync(join(folder, `loggingsnapshot_${stamp}.txt`), 'utf8')).toBe(text())
  expect(readFileSync(join(folder, `xconf_dump_${stamp}.txt`), 'utf8')).toBe('SystemUnit Name: "vcse1"\n')
  expect(readFileSync(join(folder, 'eventlog'), 'utf8')).toContain('Event="Earlier"')
})
