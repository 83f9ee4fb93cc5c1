import { expect, test } from 'vitest'
import { announcementOf } from './platforms.ts'

test.each([
  [{ platform: 'Windows' }, 'Jabber_for_Windows-9.7.0', 'Cisco-CSF', '503'],
  [{ platform: 'iOS', version: '9.6.0' }, 'Jabber_for_iPhone-9.6.0', 'Cisco-TCT', '562'],
  [{ platform: 'Android', version: '9.5', model: '999' }, 'Jabber_for_Android-9.5', 'Cisco-BOT', '999'],
] as const)('%o is %s', (user, activeLoad, sipUserAgent, model) => {
  expect(announcementOf(user)).toMatchObject({ activeLoad, sipUserAgent, model })
})

test('an HTTP User-Agent that is set wins', () => {
  expect(announcementOf({ platform: 'iOS' }).httpUserAgent).toBe('Jabber-iOS-472')
  expect(announcementOf({ platform: 'iOS', userAgent: 'curl/8' }).httpUserAgent).toBe('curl/8')
})
