import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import forge from 'node-forge'
import { describe, expect, it } from 'vitest'
import { makeSigningRequest, type SigningRequestFields } from './signing-request.ts'

const fields: SigningRequestFields = {
  commonName: 'vcse1.example.com',
  country: 'gb',
  stateOrProvince: 'Berkshire',
  locality: 'Maidenhead',
  organization: 'Exámple, Ltd',
  organizationalUnit: 'UC',
  alternativeNames: [
    { kind: 'DNS', value: 'VCSE1.example.com' },
    { kind: 'DNS', value: 'example.com' },
    { kind: 'SRVName', value: '_collab-edge._tls.example.com' },
    { kind: 'IP', value: '127.9.2.10' },
  ],
}

const openssl = (input: string, ...options: string[]) =>
  execFileSync('openssl', options, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })

/** What openssl says of the signature; it exits with 0 either way. */
const verdict = (request: string) =>
  spawnSync('openssl', ['req', '-verify', '-noout'], { input: request, encoding: 'utf8' }).stderr

async function made(changes: Partial<SigningRequestFields> = {}) {
  const outcome = await makeSigningRequest({ ...fields, ...changes })
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems))
  return outcome
}

describe('certificate signing request', () => {
  it('is what openssl reads: subject, usages, names, SHA-256, a key of 2048 bits', async () => {
    const { request } = await made()
    const text = openssl(request, 'req', '-verify', '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus,esc_2253')
    expect(text).toContain('C=GB,ST=Berkshire,L=Maidenhead,O=Exámple\\, Ltd,OU=UC,CN=vcse1.example.com')
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication')
    expect(text).toContain('Digital Signature, Key Encipherment')
    expect(text).toContain('CA:FALSE')
    expect(text).toContain('sha256WithRSAEncryption')
    expect(text).toContain('Public-Key: (2048 bit)')
    expect(text).toContain('DNS:vcse1.example.com, DNS:example.com, othername: SRVName::_collab-edge._tls.example.com')
    expect(text).toContain('IP Address:127.9.2.10')
    expect(text.match(/vcse1\.example\.com/gi)).toHaveLength(2)
  })

  it('has a good signature of the key that is kept', async () => {
    const { request, key } = await made()
    expect(verdict(request)).toContain('verify OK')
    const kept = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' })
    expect(openssl(request, 'req', '-noout', '-pubkey')).toBe(kept)
    // A byte of the signature is changed: openssl has to notice.
    const lines = request.split('\n')
    lines[lines.length - 4] = lines.at(-4)!.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    expect(verdict(lines.join('\n'))).not.toContain('verify OK')
  })

  it('is read by the other library', async () => {
    const request = forge.pki.certificationRequestFromPem((await made()).request)
    expect(request.verify()).toBe(true)
    expect(request.subject.getField('CN').value).toBe('vcse1.example.com')
  })

  it('can have a key of 4096 bits', { timeout: 60_000 }, async () => {
    const { request } = await made({ keyLength: 4096 })
    expect(openssl(request, 'req', '-noout', '-text')).toContain('Public-Key: (4096 bit)')
  })

  it.each([
    ['Common name', { commonName: '' }],
    ['Common name', { commonName: `${'a'.repeat(60)}.example.com` }],
    ['Country', { country: 'Germany' }],
    ['Organization (company name)', { organization: 'x'.repeat(65) }],
    ['Locality (town name)', { locality: 'a\nb' }],
    ['Subject alternative names', { alternativeNames: [{ kind: 'DNS', value: 'a, DNS:b' }] }],
    ['Subject alternative names', { alternativeNames: [{ kind: 'IP', value: '1.2.3.256' }] }],
    ['Subject alternative names', { alternativeNames: [{ kind: 'DNS', value: 'bücher.example' }] }],
  ] as const)('refuses a bad %s', async (field, changes) => {
    const outcome = await makeSigningRequest({ ...fields, ...changes })
    expect(outcome).toMatchObject({ ok: false, problems: [{ field }] })
  })
})
