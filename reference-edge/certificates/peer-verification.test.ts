import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { TlsFacts, TlsIdentity } from '#runtime/network.ts'
import { systemRandom } from '#runtime/random.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { testAuthority } from './authority.fixture.ts'
import { makeFactoryIdentity } from './factory-identity.ts'
import { checkPeerName } from './peer-name.ts'
import { clientProblem, serverWarning } from './peer-verification.ts'
import { dialFailureWords, verificationWords } from './verification-words.ts'

const authority = testAuthority()
const stranger = testAuthority('Stranger CA')
const intermediate = authority.intermediate('Issuing CA')
const name = 'vcs.example.com'
const wanted = { commonName: name, names: [name] }
const good = authority.issue(wanted)
const factory = await makeFactoryIdentity({ name, now: new Date(), random: systemRandom() })
const deep = intermediate.issue(wanted)
const serverOnly = authority.issue({ ...wanted, usages: { serverAuth: true } })
const clientOnly = authority.issue({ ...wanted, usages: { clientAuth: true } })

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

interface Ends {
  readonly server?: TlsIdentity
  /** CAs the server trusts; a server sends of its chain what it knows. */
  readonly serverTrust?: readonly string[]
  readonly client?: TlsIdentity
  readonly clientTrust?: readonly string[]
  readonly peer?: string
}

/** A handshake: what the server saw of the client, and how it ended for the client. */
async function handshake(ends: Ends): Promise<{ seen: TlsFacts | undefined; outcome: unknown }> {
  const { server = good, client = good, peer = name } = ends
  const trust = [authority.certificate]
  const one = testHost({ address: '127.77.41.1', trust: ends.serverTrust ?? trust })
  const two = testHost({ address: '127.77.41.2', trust: ends.clientTrust ?? trust })
  const seen = Promise.withResolvers<TlsFacts | undefined>()
  const listener = await one.network.listenTls({
    port: 0,
    protocol: 'SIP',
    tls: { identity: server, requestClientCertificate: true },
    onConnection: ({ tls }) => seen.resolve(tls),
    onTlsError: () => seen.resolve(undefined),
  })
  disposables.use(listener)
  const dialled = two.network.dialTls({
    to: listener.local,
    protocol: 'SIP',
    tls: { serverName: peer, identity: client, checkName: checkPeerName },
  })
  const outcome: unknown = await dialled.catch((error: unknown) => error)
  return { seen: await seen.promise, outcome }
}

const inTheFile = { key: deep.key, cert: deep.cert + intermediate.certificate }

describe('a server is refused, and the words are its own:', () => {
  it.each<[string, Ends, string, string]>([
    [
      'CA that is not trusted, known to the server',
      { server: stranger.issue(wanted), serverTrust: [stranger.certificate] },
      'untrusted CA',
      "'Stranger CA', which is not in the trusted CA list",
    ],
    [
      'CA that is not trusted, behind an intermediate',
      { server: inTheFile, clientTrust: [stranger.certificate] },
      'untrusted CA',
      "'Test CA', which is not in the trusted CA list",
    ],
    ['intermediate missing', { server: deep }, 'incomplete chain', "without its issuer 'Issuing CA'"],
    ['self-signed', { server: factory }, 'self-signed', `certificate '${name}' is not in the trusted CA list`],
    [
      'name',
      { peer: 'edge.example.com' },
      'name',
      "'edge.example.com' is not in the certificate, which has: vcs.example.com",
    ],
    ['address', { peer: '127.77.41.1' }, 'address', 'the IP address 127.77.41.1 is not in the certificate'],
    [
      'address written as a DNS name',
      { peer: '127.77.41.1', server: authority.issue({ ...wanted, names: ['127.77.41.1'] }) },
      'address',
      'the IP address 127.77.41.1 is not in the certificate',
    ],
    ['usage', { server: clientOnly }, 'no server authentication', 'lacks the Server Authentication extension'],
    ['expired', { server: authority.issue({ ...wanted, validFrom: -9, validTo: -1 }) }, 'expired', 'Expired'],
    ['early', { server: authority.issue({ ...wanted, validFrom: 2, validTo: 9 }) }, 'not yet valid', 'Not yet valid'],
  ])('%s', async (_, ends, fault, says) => {
    const { outcome } = await handshake(ends)
    const words = dialFailureWords(outcome, ends.peer ?? name)
    expect(words).toMatchObject({ fault, says: expect.stringContaining(says) })
    expect(words!.action).not.toBe('')
  })
})

describe('a client is refused, and the words are its own:', () => {
  it.each<[string, Ends, string, string]>([
    [
      'CA that is not trusted, known to the client',
      { client: stranger.issue(wanted), clientTrust: [authority.certificate, stranger.certificate] },
      'untrusted CA',
      "'Stranger CA', which is not in the trusted CA list",
    ],
    ['intermediate missing', { client: deep }, 'incomplete chain', "without its issuer 'Issuing CA'"],
    ['self-signed', { client: factory }, 'self-signed', 'is not in the trusted CA list'],
    [
      'name',
      { client: authority.issue({ commonName: 'x' }) },
      'name',
      `'${name}' is not in the certificate, which has: x`,
    ],
    ['client usage', { client: serverOnly }, 'no client authentication', 'lacks the Client Authentication extension'],
    ['expired', { client: authority.issue({ ...wanted, validFrom: -9, validTo: -1 }) }, 'expired', 'Expired'],
    ['early', { client: authority.issue({ ...wanted, validFrom: 2, validTo: 9 }) }, 'not yet valid', 'Not yet valid'],
  ])('%s', async (_, ends, fault, says) => {
    const { seen } = await handshake(ends)
    expect(clientProblem(seen, name)).toMatchObject({ fault, says: expect.stringContaining(says) })
  })

  it('server usage, though OpenSSL would take it', () => {
    const facts = { isAuthorized: true, protocol: 'TLSv1.3', peerCertificate: certificateOf(clientOnly) }
    expect(clientProblem(facts, name)).toMatchObject({ fault: 'no server authentication' })
  })

  it('none', () => {
    expect(clientProblem({ isAuthorized: false, protocol: 'TLSv1.3' }, name)).toMatchObject({ fault: 'no certificate' })
  })
})

describe('accepted is', () => {
  it.each<[string, Ends]>([
    ['a good one', {}],
    ['an intermediate in the file', { server: inTheFile, client: inTheFile }],
    [
      'an intermediate in the own trusted CA list',
      { server: deep, serverTrust: [authority.certificate, intermediate.certificate] },
    ],
    ['a copy of a self-signed one in the trusted CA list', { server: factory, clientTrust: [factory.cert] }],
    [
      'an address that is in the certificate',
      { peer: '127.77.41.1', server: authority.issue({ ...wanted, addresses: ['127.77.41.1'] }) },
    ],
  ])('%s', async (_, ends) => {
    const { seen, outcome } = await handshake(ends)
    expect(outcome).toMatchObject({ tls: { isAuthorized: true } })
    expect(clientProblem(seen, name)).toBeUndefined()
  })

  it('a server without client authentication, with a warning', async () => {
    const { outcome } = await handshake({ server: serverOnly })
    const { tls } = outcome as { tls: TlsFacts }
    expect(serverWarning(tls.peerCertificate)?.says).toContain('lacks the Client Authentication extension')
    expect(serverWarning(certificateOf(good))).toBeUndefined()
  })
})

it.each([
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'refused by peer'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'no TLS'],
  ['CERT_CHAIN_TOO_LONG', 'other'],
])('%s has words too', (code, fault) => {
  expect(verificationWords({ code, peer: 'server' })).toMatchObject({ fault })
})

it.each(['ECONNREFUSED', 'MRA_NAME_NOT_RESOLVED', ''])('%s is no matter of certificates', (code) => {
  expect(verificationWords({ code, peer: 'server' })).toBeUndefined()
})

function certificateOf({ cert }: TlsIdentity): X509Certificate {
  return new X509Certificate(cert)
}
