import { expect, it } from 'vitest'
import { callsByRegistration } from './calls-by-registration.ts'

it('shows for each registration the calls of its alias, however the URI is written, and no other', () => {
  const calls = [
    { source: 'sip:dave@example.com', destination: 'sip:1001@example.com' },
    { source: 'sip:1003@cucm1.example.com', destination: 'SIP:Dave@Example.com:5060;transport=tcp' },
    { source: 'sip:davela@example.com', destination: 'sip:dave@example.com.test' },
  ]
  const rows = callsByRegistration(['sip:dave@example.com', 'sip:dave@example.com'], calls, (call) => ({ ...call }))
  expect(rows).toEqual(calls.slice(0, 2).map((call) => ({ registration: 'sip:dave@example.com', ...call })))
})
