import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuthority, selfSigned } from './authority.ts'

describe('an authority that signs requests', () => {
  let folder: string
  let request: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mra-authority-'))
    request = execFileSync(
      'openssl',
      [
        ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'key.pem')],
        ...['-subj', '/O=Example/CN=vcse1.example.com'],
        ...['-addext', 'subjectAltName=DNS:vcse1.example.com,DNS:example.com'],
        ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('keeps subject, names and usages', () => {
    const authority = openAuthority(folder)
    const certificate = new X509Certificate(authority.sign(request))
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true)
    expect(certificate.subject).toBe('O=Example\nCN=vcse1.example.com')
    expect(certificate.subjectAltName).toBe('DNS:vcse1.example.com, DNS:example.com')
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect(certificate.ca).toBe(false)
  })

  it('strips client authentication and shifts the dates where it is told to', () => {
    const validTo = new Date('2020-01-01T00:00:00Z')
    const deviation = { strips: 'clientAuth', validFrom: new Date('2019-01-01T00:00:00Z'), validTo } as const
    const certificate = new X509Certificate(openAuthority(folder).sign(request, deviation))
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(certificate.subjectAltName).toBe('DNS:vcse1.example.com, DNS:example.com')
    expect(certificate.validToDate).toEqual(validTo)
  })

  it('signs nothing that is no request, or not of its own key', () => {
    const authority = openAuthority(folder)
    expect(() => authority.sign('hello')).toThrow('no certificate signing request')
    const [head, ...rest] = request.trim().split('\n')
    const body = rest.slice(0, -1)
    // Another last byte: the signature.
    const der = Buffer.from(body.join(''), 'base64')
    der[der.length - 1]! ^= 1
    const forged = [head, der.toString('base64'), rest.at(-1)].join('\n')
    expect(() => authority.sign(forged)).toThrow('signature')
  })
})

describe('a self-signed certificate', () => {
  it('is verified by its own key only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mra-authority-'))
    try {
      const { cert } = selfSigned(folder, { commonName: 'cucm1.example.com', names: ['cucm1.example.com'] })
      const certificate = new X509Certificate(cert)
      expect(certificate.issuer).toBe('CN=cucm1.example.com')
      expect(certificate.verify(certificate.publicKey)).toBe(true)
      expect(certificate.verify(new X509Certificate(openAuthority(folder).certificate).publicKey)).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
