import { describe, expect, it } from 'vitest'
import type { OfferedMedia, ZoneOfCall } from './call-path.ts'
import { callPath } from './call-path.ts'

const plain: ZoneOfCall = { isTraversal: false, isH323: false, isLync: false, mediaEncryption: 'Auto' }
const traversal: ZoneOfCall = { ...plain, isTraversal: true, mediaEncryption: 'Force encrypted' }
const secure: ZoneOfCall = { ...plain, mediaEncryption: 'Force encrypted' }
const clear: ZoneOfCall = { ...plain, mediaEncryption: 'Force unencrypted' }
const best: ZoneOfCall = { ...plain, mediaEncryption: 'Best effort' }
const gateway: ZoneOfCall = { ...plain, isH323: true }
const lync: ZoneOfCall = { ...plain, isLync: true }

describe('the path of a call', () => {
  it.each([
    ['two devices', plain, plain, 'VCS non-traversal call', 'SIP', false],
    ['a traversal zone', traversal, plain, 'VCS traversal call', 'SIP', true],
    ['modes that differ', plain, secure, 'VCS traversal call', 'SIP', true],
    ['the same mode twice', secure, secure, 'VCS non-traversal call', 'SIP', false],
    ['two gateways', gateway, gateway, 'VCS non-traversal call', 'H.323', false],
    [
      'a gateway behind the traversal zone',
      { ...traversal, isH323: true },
      gateway,
      'VCS traversal call',
      'H.323',
      true,
    ],
    ['a gateway and a device', plain, gateway, 'VCS traversal call', 'interworked', true],
    ['Lync', lync, plain, 'VCS non-traversal call', 'Lync B2BUA', true],
  ] as const)('with %s', (_, from, to, type, carriage, passes) => {
    const path = callPath(from, to, undefined)
    expect(path).toMatchObject({ type, carriage })
    expect('media' in path && path.media !== 'direct').toBe(passes)
  })

  it.each<[string, ZoneOfCall, ZoneOfCall, OfferedMedia, object]>([
    ['traversal to device', traversal, plain, 'SRTP', { secure: 'from', mode: 'Force encrypted' }],
    ['device to traversal', plain, traversal, 'RTP', { secure: 'to', mode: 'Force encrypted' }],
    ['secure device to traversal', plain, traversal, 'SRTP', { secure: 'to', mode: 'Auto' }],
    ['device to secure zone', plain, secure, 'RTP', { secure: 'to', mode: 'Force encrypted' }],
    ['secure zone to device', secure, plain, 'SRTP', { secure: 'from', mode: 'Force encrypted' }],
    ['secure zone to clear zone', secure, clear, 'SRTP', { secure: 'from', mode: 'Force encrypted' }],
    ['secure device to clear zone', plain, clear, 'SRTP', { secure: 'from', mode: 'Force encrypted' }],
    ['device to best effort', plain, best, 'RTP', { secure: 'to', mode: 'Best effort' }],
    ['best effort to device', best, plain, 'RTP', { secure: 'from', mode: 'Best effort' }],
    ['secure zone to traversal', secure, traversal, 'SRTP', { secure: 'to', mode: 'Auto' }],
    ['clear zone to secure zone', clear, secure, 'RTP', { secure: 'to', mode: 'Force encrypted' }],
  ])('media of %s', (_, from, to, offered, media) => {
    expect(callPath(from, to, offered)).toMatchObject({ media })
  })

  it('refuses what a zone does not allow', () => {
    expect(callPath(secure, plain, 'RTP')).toEqual({ refused: 'media are not encrypted' })
    expect(callPath(secure, secure, 'RTP')).toEqual({ refused: 'media are not encrypted' })
    expect(callPath(clear, plain, 'SRTP')).toEqual({ refused: 'media are encrypted' })
    expect(callPath({ ...traversal, mediaEncryption: 'Auto' }, secure, 'RTP')).toHaveProperty('refused')
  })
})
