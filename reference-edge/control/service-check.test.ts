import { afterEach, describe, expect, it } from 'vitest'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { digestResponse, hashOfUser } from '../protocol/sip/digest.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { parseMessage } from '../protocol/sip/parse-message.ts'
import type { SipResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { readCredentialAnswer } from '../provisioning/service-body.ts'
import { buildService } from '../provisioning/service-signature.ts'
import { answerService } from './service-check.ts'

const authority = testAuthority()
const identity = authority.issue({ commonName: 'vcse1.example.com', names: ['vcse1.example.com'] })
const host = testHost({ name: 'vcsc1', address: '127.9.3.11', trust: [authority.certificate] })
afterEach(() => {
  host.wall.setOffset(0)
  host.records.splice(0)
})

const realm = 'vcse1.example.com'
const ha1 = hashOfUser('alice', realm, 's3cret')

function service(options: { password?: string; user?: string; now?: Date } = {}): SipRequest {
  const { password = 's3cret', user = 'alice', now = new Date() } = options
  const quality = { qop: 'auth', nonceCount: '00000001', cnonce: '7b1c9e20' } as const
  const uri = 'sip:cucm1.example.com'
  const given = { method: 'REGISTER', uri, nonce: '0a4f', quality }
  const request = buildService({
    headers: [
      ['Via', 'SIP/2.0/TLS 127.9.2.10:7001;branch=z9hG4bK1'],
      ['Max-Forwards', '15'],
    ],
    check: {
      username: user,
      realm,
      nonce: '0a4f',
      qop: 'auth',
      cnonce: '7b1c9e20',
      nc: '00000001',
      response: digestResponse({ ...given, ha1: hashOfUser(user, realm, password) }),
      uri,
      method: 'REGISTER',
      id: '1',
      sipDomain: 'cucm1.example.com',
    },
    callId: 'c@e',
    cseq: 1,
    fromTag: 't',
    boundary: 'b',
    now,
    identity,
  })
  const parsed = parseMessage(request.toBuffer())
  if (!parsed.ok || parsed.message.kind !== 'request') throw new Error('not a request')
  return parsed.message
}

/** The answer to a SERVICE. */
async function ask(request: SipRequest): Promise<SipResponse> {
  const answers: Buffer[] = []
  const flow = {
    id: 'f',
    reliable: true,
    local: { address: '127.9.3.11', port: 25_000 },
    remote: { address: '127.9.2.10', port: 7001 },
    send: (bytes: Buffer) => answers.push(bytes) > 0,
  }
  const { random, log, network, clocks } = host.environment
  const onRequest = (transaction: ServerTransaction) =>
    answerService(transaction, {
      trust: network.trust,
      wall: clocks.wall,
      random,
      log,
      password: async (user) => (user === 'alice' ? 's3cret' : undefined),
    })
  const user = { onRequest, onAck: () => undefined, onStrayResponse: () => undefined }
  new TransactionLayer({ clock: clocks.monotonic, user }).receive(request, flow)
  const parsed = parseMessage(await waitFor('the answer', () => answers[0]))
  if (!parsed.ok || parsed.message.kind !== 'response') throw new Error('no answer')
  return parsed.message
}

describe('the credential check for the Expressway', () => {
  it('answers 200 with HA1 of the password the user signed in with', async () => {
    const answer = await ask(service())
    expect(answer.status).toBe(200)
    expect(readCredentialAnswer(answer.body.toString())).toEqual({ ha1 })
    expect(JSON.stringify(host.records)).not.toContain('s3cret')
    expect(JSON.stringify(host.records)).not.toContain(ha1)
  })

  it.each([
    [59, 200],
    [61, 403],
    [-59, 200],
    [-61, 403],
  ])('with clocks %i s apart answers %i', async (seconds, status) => {
    const request = service({ now: new Date() })
    host.wall.setOffset(seconds * 1000)
    expect((await ask(request)).status).toBe(status)
  })

  it('answers 403 and says why in its log', async () => {
    expect((await ask(service({ password: 'wrong' }))).status).toBe(403)
    expect((await ask(service({ user: 'mallory' }))).status).toBe(403)
    const changed = service()
    changed.body = Buffer.from(changed.body.toString().replace('<nc>00000001', '<nc>00000002'))
    expect((await ask(changed)).status).toBe(403)
    expect(host.records.map((record) => record['Reason'])).toEqual([
      'calculated response does not match supplied response',
      'no credentials cached for user',
      'Identity is not signed by the enclosed certificate',
    ])
  })
})
