import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRequest } from '../../protocol/sip/message.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { Peer, SipEdgeWorld } from './sip-edge.fixture.ts'
import {
  alice,
  answerAsControl,
  connectClient,
  connectControl,
  places,
  register,
  startWorld,
  until,
} from './sip-edge.fixture.ts'

let world: SipEdgeWorld
let control: Peer
let client: Peer

beforeEach(async () => {
  world = await startWorld({})
  control = await connectControl()
  client = await connectClient()
})

afterEach(() => world[Symbol.asyncDispose]())

function toAlice(method: string): SipRequest {
  const { address, port } = client.connection.local
  return control.request(method, `sip:uuid-1001@${address}:${port};transport=tls`, {
    From: '<sip:1002@cucm1.example.com>;tag=b',
    To: '<sip:1001@cucm1.example.com>',
    'Call-ID': 'at-once',
    CSeq: `1 ${method}`,
    Contact: `<sip:${places.control}:5073;transport=tls>`,
  })
}

/** Registers Alice, and says something in the segment of the 200 to her REGISTER. */
async function registerAndAtOnce(say: () => void): Promise<void> {
  control.onRequest = (transaction) => {
    answerAsControl(transaction, control.now())
    if (transaction.request.method === 'REGISTER') say()
  }
  expect((await register(client, alice)).status).toBe(200)
}

it('finds a client whose 200 to REGISTER came in the same segment', async () => {
  let answered: Promise<{ status: number }> | undefined
  await registerAndAtOnce(() => (answered = control.final(toAlice('MESSAGE'))))
  expect((await answered)?.status).toBe(200)
  expect(client.requests.map(({ method }) => method)).toEqual(['MESSAGE'])
})

it('does not ring a client that was given up in the same segment', async () => {
  let answered: Promise<{ status: number }> | undefined
  await registerAndAtOnce(() => {
    const invite = toAlice('INVITE')
    const headers = ['Via', 'Max-Forwards', 'From', 'To', 'Call-ID'].map((name) => [name, invite.first(name)!] as const)
    answered = control.final(invite)
    const { requestUri } = invite
    control.connection.send(
      createRequest({ method: 'CANCEL', requestUri, headers: [...headers, ['CSeq', '1 CANCEL']] }),
    )
  })
  expect((await answered)?.status).toBe(487)
  await until('no call', () => world.edge.status().calls.length === 0)
  expect(client.requests).toEqual([])
})
