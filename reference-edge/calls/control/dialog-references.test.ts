import { expect, test } from 'vitest'
import { renameInReferTo, renameInRemoteControl } from './dialog-references.ts'
import type { DialogReference } from './dialog-references.ts'

const rename = ({ callId, localTag, remoteTag }: DialogReference) =>
  callId === 'near@client' && localTag === 'c' && remoteTag === 'b'
    ? { callId: 'far@control', localTag: 'f', remoteTag: 'u' }
    : undefined

test('Replaces in Refer-To gets the far dialog', () => {
  const replaces = encodeURIComponent('near@client;to-tag=b;from-tag=c')
  expect(renameInReferTo(`<sip:1003@cucm1.example.com?Replaces=${replaces}>`, rename)).toBe(
    `<sip:1003@cucm1.example.com?Replaces=${encodeURIComponent('far@control;to-tag=u;from-tag=f')}>`,
  )
})

test.each([
  '<sip:1003@cucm1.example.com>',
  `<sip:1003@cucm1.example.com?Replaces=${encodeURIComponent('other@client;to-tag=b;from-tag=c')}>`,
  '<sip:1003@cucm1.example.com?Replaces=%E0%A4%A>',
  '<sip:1003@cucm1.example.com?Replaces=near%40client>',
])('%s stays as it is', (value) => {
  expect(renameInReferTo(value, rename)).toBe(value)
})

test('dialogs in the body of remote call control get the far names, others stay', () => {
  const named = (callId: string, localTag: string, remoteTag: string) =>
    `<callid>${callId}</callid><localtag>${localTag}</localtag><remotetag>${remoteTag}</remotetag>`
  const body = `<dialogid>${named('near@client', 'c', 'b')}</dialogid><consultdialogid>${named('x', 'y', 'z')}</consultdialogid>`
  expect(renameInRemoteControl(body, rename)).toBe(
    `<dialogid>${named('far@control', 'f', 'u')}</dialogid><consultdialogid>${named('x', 'y', 'z')}</consultdialogid>`,
  )
})
