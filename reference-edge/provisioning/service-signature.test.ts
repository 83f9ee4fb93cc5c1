import { describe, expect, it } from 'vitest'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { StreamFramer } from '../protocol/sip/framer.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { readCredentialAnswer, writeCredentialAnswer } from './service-body.ts'
import { buildService, verifyService } from './service-signature.ts'

const authority = testAuthority()
const now = new Date()
const check = {
  username: 'alice <&>',
  realm: 'vcse1.example.com',
  nonce: '0a4f113b5c7de9',
  qop: 'auth',
  cnonce: '7b1c9e20',
  nc: '00000001',
  response: '99f8c83a30c4d0685d6bd0ad8da1d4fd',
  uri: 'sip:cucm1.example.com',
  method: 'REGISTER',
  id: '17',
  sipDomain: 'cucm1.example.com',
}

function service(identity = authority.issue({ commonName: 'vcse1.example.com' }), date = now): SipRequest {
  const headers = [['Via', 'SIP/2.0/TLS 127.1.2.10:7001;branch=z9hG4bK1']] as const
  const parts = { headers, check, callId: 'c@e', cseq: 1, fromTag: 't', boundary: 'boundary-1', now: date, identity }
  const [event] = new StreamFramer().push(buildService(parts).toBuffer())
  if (event?.kind !== 'message' || event.message.kind !== 'request') throw new Error(JSON.stringify(event))
  return event.message
}

const verifier = { trust: [testAuthority('Another CA').certificate, authority.certificate], now }

describe('SERVICE', () => {
  it('carries the check over the wire', () => {
    expect(verifyService(service(), verifier)).toEqual({ ok: true, check })
  })

  it.each(['serverAuth', 'clientAuth'] as const)('is refused where the certificate is for %s only', (usage) => {
    const identity = authority.issue({ commonName: 'vcse1.example.com', usages: { [usage]: true } })
    expect(verifyService(service(identity), verifier)).toMatchObject({
      ok: false,
      reason: expect.stringMatching('both'),
    })
  })

  it.each([
    [59_000, true],
    [61_000, false],
    [-59_000, true],
    [-61_000, false],
  ])('with a Date %i ms away', (away, isGood) => {
    expect(verifyService(service(undefined, new Date(now.getTime() + away)), verifier).ok).toBe(isGood)
  })

  it('is refused where the CA is unknown', () => {
    const identity = testAuthority('Unknown CA').issue({ commonName: 'vcse1.example.com' })
    expect(verifyService(service(identity), verifier)).toEqual({ ok: false, reason: 'certificate of an unknown CA' })
  })

  it('is refused where the certificate has expired', () => {
    const identity = authority.issue({ commonName: 'vcse1.example.com', validFrom: -5, validTo: -1 })
    expect(verifyService(service(identity), verifier).ok).toBe(false)
  })

  it('is refused where body, From or Date was changed', () => {
    const changes: Array<(request: SipRequest) => void> = [
      (request) => (request.body = Buffer.from(request.body.toString().replace('00000001', '00000002'))),
      (request) => request.set('From', '<sip:serviceproxy@elsewhere.example.com>;tag=t'),
      (request) => request.set('Date', new Date(now.getTime() + 1_000).toUTCString()),
      (request) => request.set('Identity', '"AAAA"'),
      (request) => request.remove('Identity'),
    ]
    for (const change of changes) {
      const request = service()
      change(request)
      expect(verifyService(request, verifier)).toMatchObject({ reason: expect.stringMatching('not signed') })
    }
  })

  it('is refused where the body is of another shape', () => {
    for (const body of ['', '<x/>', service().body.toString().replace('DigestAuth', 'Other')]) {
      const request = service()
      request.body = Buffer.from(body)
      expect(verifyService(request, verifier).ok).toBe(false)
    }
  })
})

describe('answer to SERVICE', () => {
  it('carries HA1', () => {
    const ha1 = '5cdf443c2cdc9819d07e8a9e1cbd62c0'
    expect(readCredentialAnswer(writeCredentialAnswer({ ha1 }).body)).toEqual({ ha1 })
  })

  it.each(['', '<ha1>xyz</ha1>', '<!DOCTYPE a><ha1>5cdf443c2cdc9819d07e8a9e1cbd62c0</ha1>'])('is not %s', (body) => {
    expect(readCredentialAnswer(body)).toBeUndefined()
  })
})
