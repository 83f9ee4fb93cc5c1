import { X509Certificate } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '#runtime/random.ts'
import { testAuthority } from './authority.fixture.ts'
import { serverCertificateStatus } from './certificate-status.ts'
import { memoryStore } from './memory-store.fixture.ts'
import { writePem } from './pem.ts'
import type { NamingFacts } from './proposed-names.ts'
import { proposedNames, usableNames } from './proposed-names.ts'
import { ServerCertificate } from './server-certificate.ts'

const authority = testAuthority()
const fqdn = 'vcsc1.example.com'
const good = authority.issue({ commonName: fqdn, names: [fqdn] })
const other = authority.issue({ commonName: fqdn, names: [fqdn] })
const serverOnly = authority.issue({ commonName: fqdn, names: [fqdn], usages: { serverAuth: true } })
const control: NamingFacts = {
  fqdn,
  system: {
    kind: 'VCS Control',
    phoneSecurityProfiles: ['secure.example.com', 'securejabber'],
    chatNodeAliases: ['conference-2.example.com'],
  },
}
const bare: NamingFacts = { fqdn, system: { kind: 'VCS Control', phoneSecurityProfiles: [], chatNodeAliases: [] } }

let store: ReturnType<typeof memoryStore>
let mode: boolean
let naming: NamingFacts
let page: ServerCertificate
beforeEach(() => {
  store = memoryStore({ trustedCas: authority.certificate })
  mode = true
  naming = bare
  page = new ServerCertificate({
    store,
    random: systemRandom(),
    now: () => new Date(),
    isMobileAndRemoteAccess: () => mode,
    naming: () => naming,
  })
})

const upload = (identity: { cert: string; key: string }) =>
  page.upload({ certificate: identity.cert, privateKey: identity.key })

describe('upload of a server certificate', () => {
  it('stores certificate and key, and warns of nothing where nothing is amiss', () => {
    expect(upload(good)).toEqual({ ok: true, warnings: [] })
    expect(page.certificate.fingerprint256).toBe(new X509Certificate(good.cert).fingerprint256)
    expect(page.identity.key).toBe(good.key)
  })

  const intermediate = authority.intermediate('Issuing CA')
  const deep = intermediate.issue({ commonName: fqdn, names: [fqdn] })

  it('keeps the intermediates behind the certificate, in their order', () => {
    const cert = intermediate.certificate + authority.certificate + deep.cert
    expect(upload({ cert, key: deep.key })).toEqual({ ok: true, warnings: [] })
    const subjects = page.identity.cert
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem).subject)
    expect(subjects).toEqual([`CN=${fqdn}`, 'CN=Issuing CA', 'CN=Test CA'])
  })

  it('warns of a chain that leads nowhere', () => {
    expect(upload(deep)).toMatchObject({ ok: true, warnings: [{ says: expect.stringContaining('CN=Issuing CA') }] })
  })

  it.each([
    ['no PEM', { cert: 'hello', key: good.key }, 'no certificate in PEM format'],
    ['no X.509', { cert: writePem('CERTIFICATE', Buffer.from('hello')), key: good.key }, 'Block 1 is no'],
    ['two of them', { cert: good.cert + other.cert, key: good.key }, '2 server certificates'],
    ['a CA', { cert: authority.certificate, key: good.key }, 'is a CA certificate'],
    ["another's key", { cert: good.cert, key: other.key }, 'does not match the key of the private key file'],
    ['no key in the key file', { cert: good.cert, key: good.cert }, 'no private key in PEM format'],
    ['expired', authority.issue({ commonName: fqdn, validFrom: -9, validTo: -1 }), 'expired on'],
    ['not yet valid', authority.issue({ commonName: fqdn, validFrom: 1, validTo: 9 }), 'not valid before'],
    ['without client authentication', serverOnly, 'lacks the Client Authentication extension'],
    [
      'without server authentication',
      authority.issue({ commonName: fqdn, usages: { clientAuth: true } }),
      'lacks the Server Authentication extension',
    ],
    ['with a weak key', authority.issue({ commonName: fqdn, keyBits: 1024 }), 'too weak: 1024 bits'],
  ])('%s is refused, and nothing is changed', (_, identity, says) => {
    const before = store.read()
    const outcome = upload(identity)
    expect(outcome).toMatchObject({ ok: false, problems: [{ says: expect.stringContaining(says) }] })
    expect(outcome.ok || outcome.problems.every(({ field, action }) => field !== '' && action !== '')).toBe(true)
    expect([store.read(), store.writes]).toEqual([before, 0])
  })

  it('without client authentication is taken while mobile and remote access is off', () => {
    mode = false
    expect(upload(serverOnly).ok).toBe(true)
  })

  it('says all that is wrong at once', () => {
    const bad = authority.issue({ commonName: fqdn, validTo: -0.5, usages: { clientAuth: true } })
    const outcome = page.upload({ certificate: bad.cert, privateKey: good.key })
    expect(outcome.ok ? [] : outcome.problems).toHaveLength(3)
  })

  it('warns of names the deployment needs', () => {
    naming = { ...control, fqdn: 'vcs_c1.example.com' }
    const outcome = upload(good)
    const says = outcome.ok ? outcome.warnings.map((warning) => warning.says).join('\n') : ''
    for (const name of ['vcs_c1.example.com', 'secure.example.com', 'securejabber', 'conference-2.example.com']) {
      expect(says).toContain(`'${name}' is not among`)
    }
    expect(says).toContain('has an underscore')
  })
})

describe('certificate signing request', () => {
  const fields = { commonName: fqdn, alternativeNames: usableNames(proposedNames(control)) }

  it('keeps its key until the certificate for it comes', async () => {
    const outcome = await page.generateRequest(fields)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome))
    expect(page.pendingRequest).toBe(outcome.request)
    naming = control
    expect(page.upload({ certificate: good.cert })).toMatchObject({
      problems: [{ says: 'The certificate does not match the key of the pending CSR' }],
    })
    const loaded = page.upload({ certificate: authority.sign(outcome.request) })
    // 'securejabber' is no FQDN and can help nobody; the page proposes everything else.
    expect(loaded).toMatchObject({ ok: true, warnings: [{ says: expect.stringContaining('securejabber') }] })
    expect(page.pendingRequest).toBeUndefined()
    expect(page.certificate.subjectAltName).toBe(
      'DNS:vcsc1.example.com, DNS:secure.example.com, DNS:conference-2.example.com',
    )
  })

  it('is in vain with a CA that strips client authentication', async () => {
    const outcome = await page.generateRequest(fields)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome))
    const certificate = authority.sign(outcome.request, 'clientAuth')
    expect(page.upload({ certificate })).toMatchObject({
      ok: false,
      problems: [{ says: expect.stringContaining('Client Authentication') }],
    })
    expect(page.pendingRequest).toBe(outcome.request)
  })

  it('has no key left where it was discarded', async () => {
    const outcome = await page.generateRequest(fields)
    page.discardRequest()
    const certificate = outcome.ok ? authority.sign(outcome.request) : ''
    expect(page.upload({ certificate })).toMatchObject({
      problems: [{ says: expect.stringContaining('no private key') }],
    })
  })
})

describe('status of the server certificate', () => {
  it('tells the stored from the served one until the restart', async () => {
    await page.reset()
    const served = { serverCertificate: store.read().serverCertificate, trust: [authority.certificate] }
    const status = () => serverCertificateStatus({ stored: store.read(), served, now: new Date(), naming: control })
    expect(status()).toMatchObject({
      isFactory: true,
      isCertificatePending: false,
      isTrustPending: false,
      daysLeft: 364,
    })
    upload(good)
    expect(status()).toMatchObject({ isCertificatePending: true, isTrustPending: false, daysLeft: 364 })
    expect(status().stored.names).toEqual([fqdn])
    expect(status().missingNames.map(({ name }) => name)).toContain('secure.example.com')
    store.write({ trustedCas: testAuthority('Another').certificate + authority.certificate })
    expect(status().isTrustPending).toBe(true)
    served.serverCertificate = store.read().serverCertificate
    expect(status()).toMatchObject({ isFactory: false, isCertificatePending: false, daysLeft: 9 })
  })
})

it('a key of EC is as good as one of RSA', async () => {
  await page.reset()
  const { cert, key } = page.identity
  expect(page.upload({ certificate: cert, privateKey: key })).toMatchObject({ ok: true })
})
