import { expect, test } from 'vitest'
import { ladderText } from './ladder-text.ts'
import { recordedCall, recordedSignIn } from './recording.fixture.ts'
import { timelineOf } from './timeline.ts'

const signIn = timelineOf(recordedSignIn())
const call = timelineOf(recordedCall())

test('a sign-in: six hosts in a hundred columns', async () => {
  const text = ladderText(signIn)
  await expect(text).toMatchFileSnapshot('expected/sign-in.ladder.txt')
  expect(longestLine(text)).toBeLessThanOrEqual(100)
})

test('a call: keepalives are folded, a lost message is marked, media is one line', async () => {
  const text = ladderText(call)
  await expect(text).toMatchFileSnapshot('expected/call.ladder.txt')
  expect(text).toContain('(× 5)')
  expect(longestLine(text)).toBeLessThanOrEqual(100)
})

test('only SIP: hosts without any have no lifeline', () => {
  const text = ladderText(signIn, { protocols: ['SIP'], skip: ['note'] })
  expect(text.split('\n')[0]!.trim().split(/\s+/)).toEqual(['#', 'ms', 'alice', 'vcse1', 'vcsc1', 'cucm1'])
  expect(text).not.toContain('SIP ')
})

test('width and order as asked for; nothing recorded', () => {
  const text = ladderText(call, { width: 72, order: ['carol', 'cucm'] })
  expect(longestLine(text)).toBeLessThanOrEqual(72)
  expect(text.split('\n')[0]!.trim().split(/\s+/).slice(2)).toEqual(['carol', 'cucm1', 'vcsc1', 'vcse1', 'alice'])
  expect(ladderText(timelineOf([]))).toBe('(nothing was recorded)\n')
})

test('names wider than their columns stand on several lines, in full', () => {
  const lines = ladderText(signIn, { width: 48, titles: { alice: 'Jabber' } }).split('\n')
  expect(lines.slice(0, 2).join(' ').trim().split(/\s+/)).toEqual([
    '#',
    'ms',
    'alice',
    'vcse1',
    'intdns',
    'imp1',
    'pubdns',
    'vcsc1',
    'cucm1',
  ])
  expect(lines.join('\n')).not.toContain('Jabber')
})

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length))
}
