import { expect, test } from 'vitest'
import { bringUpText, deploymentReady, originOf, splitAtReady } from './bring-up.ts'
import { chaptersOf } from './ladder-rows.ts'
import { ladderText } from './ladder-text.ts'
import { Recording } from './recording.fixture.ts'
import { timelineOf } from './timeline.ts'

const recording = new Recording()
  .message('vcsc1', 'vcse1', 'SIP', 'OPTIONS sip:vcse1')
  .message('vcse1', 'vcsc1', 'SIP', '200 OK (OPTIONS)')
  .dns('vcsc1', 'intdns', 'A cucm1.example.com', '1 answer: 127.79.3.20')
  .note('vcsc1', deploymentReady)
  .message('alice', 'vcse1', 'SIP', 'INVITE sip:1003')
const timeline = timelineOf(recording.events)
const steps = [
  { text: 'Alice is signed in', result: 'passed', milliseconds: 3, at: timeline.entries[0]!.at },
  { text: 'Alice calls Carol', result: 'passed', milliseconds: 1, at: timeline.entries.at(-1)!.at },
  { text: 'Carol answers', result: 'skipped', milliseconds: 0 },
]

test('what happened before the deployment was ready is one line, and shown if asked for', () => {
  const text = ladderText(timeline, { steps, titles: { vcsc1: 'VCS Control' } })
  expect(text).toContain('… 4 messages of bring-up (DNS 2, SIP 2)\n')
  expect(text).not.toContain('OPTIONS')
  expect(text.split('\n').slice(1, 3).join()).toMatch(/VCS,.*Control/)
  const whole = ladderText(timeline, { showBringUp: true })
  expect(whole).toContain('OPTIONS sip:vcse1')
  expect(whole).not.toContain('bring-up')
})

test('time begins when the deployment was ready; without that note at the first entry', () => {
  expect(ladderText(timeline)).toMatch(/^ +0\.0 .*deployment ready/m)
  const other = timelineOf(recording.events.filter(({ kind }) => kind !== 'note'))
  expect(originOf(other)).toBe(other.entries[0]!.at)
  expect(splitAtReady(other.entries)).toEqual({ bringUp: [], rest: other.entries })
  expect(bringUpText(other.entries.slice(0, 1))).toBe('1 message of bring-up (SIP 1)')
})

test('steps stand where they began; one that was not reached is not there', () => {
  const chapters = chaptersOf(splitAtReady(timeline.entries).rest, steps)
  expect(chapters.map((chapter) => [chapter.steps.map(({ text }) => text), chapter.entries.length])).toEqual([
    [['Alice is signed in'], 1],
    [['Alice calls Carol'], 1],
  ])
})
