import { expect, test } from 'vitest'
import { judgeClient } from './clients.ts'

test.each([
  ['Cisco-CSF', 'Jabber_for_Windows-9.7.0', 'supported client: Jabber for Windows 9.7.0; supported from 9.7'],
  ['Cisco-CSF', 'Jabber_for_Windows-9.6.3', 'unsupported client: Jabber for Windows 9.6.3; supported from 9.7'],
  ['Cisco-TCT', 'Jabber_for_iPhone-9.6.0', 'unsupported client: Jabber for iOS 9.6.0; supported from 9.6.1'],
  ['Cisco-TCT', 'Jabber_for_iPad-9.6.1', 'supported client: Jabber for iOS 9.6.1; supported from 9.6.1'],
  ['Cisco-BOT', 'Jabber_for_Android-9.5', 'unsupported client: Jabber for Android 9.5; supported from 9.6'],
  ['TANDBERG/522 (TC7.0.1.b9e5a2c)', undefined, 'supported client: TC 7.0.1; supported from 7.0.1'],
  ['TANDBERG/518 (TC6.3.0.1)', undefined, 'unsupported client: TC 6.3.0.1; supported from 7.0.1'],
])('%s %s', (userAgent, activeLoad, says) => {
  const client = judgeClient({ device: 'X', userAgent, ...(activeLoad === undefined ? {} : { activeLoad }) })
  expect(client?.says).toBe(says)
})

test('a desk phone is on no list', () => {
  expect(judgeClient({ device: 'SEP000000001003', userAgent: 'Cisco-CP7942G/9.3.1' })).toBeUndefined()
})
