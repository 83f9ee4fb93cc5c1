import type { TestHost } from '#runtime/test-host.fixture.ts'
import { SipAgent } from '#simulators/protocol/sip/agent.ts'
import { Dialog } from '#simulators/protocol/sip/dialog.ts'
import { formatChallenge, isRightAnswer, parseDigest } from '#simulators/protocol/sip/digest.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import { pidfType, writePidf } from './pidf.ts'

/** A registrar and presence server of few words, on TCP 5060; it grants 60 seconds. */
export async function scriptedRegistrar({ environment, network }: TestHost, options: { password: string | undefined }) {
  const seen: SipRequest[] = []
  const notified: number[] = []
  let { password } = options
  const isGranted = (request: SipRequest) => {
    const answer = parseDigest(header(request, 'Authorization') ?? '')
    return (
      password === undefined || (answer !== undefined && isRightAnswer(answer, { method: request.method, password }))
    )
  }
  const subscribe = (request: SipRequest, transaction: ServerTransaction) => {
    const isFirst = !/;tag=/.test(header(request, 'To')!)
    const contact = ['Contact', `<sip:${environment.address}>`] as const
    const response = transaction.respond({
      status: 200,
      toTag: 'server',
      extra: [contact, ['Expires', header(request, 'Expires')!]],
    })
    if (!isFirst) return
    const dialog = Dialog.asCallee({ ...request, headers: response.headers.concat(request.headers) }, 'server')
    const notify = dialog.request('NOTIFY', {
      extra: [contact, ['Event', 'presence'], ['Subscription-State', 'active;expires=3600']],
      content: { type: pidfType, body: writePidf('sip:erin@example.com', { basic: 'closed', note: 'away' }) },
    })
    const user = { onProvisional: () => {}, onFailure: () => {} }
    agent.transactions.send(notify, transaction.link, { ...user, onFinal: ({ status }) => void notified.push(status) })
  }
  const take = (request: SipRequest, transaction: ServerTransaction) => {
    seen.push(request)
    if (!isGranted(request)) {
      const value = formatChallenge({ realm: 'test', nonce: 'nonce' })
      return void transaction.respond({ status: 401, toTag: 't', extra: [['WWW-Authenticate', value]] })
    }
    if (request.method === 'SUBSCRIBE') return subscribe(request, transaction)
    const contact = header(request, 'Contact')
    transaction.respond({
      status: 200,
      toTag: 't',
      extra: [
        ...(contact === undefined ? [] : [['Contact', `${contact};expires=60`] as const]),
        ['Expires', '60'],
        ['SIP-ETag', 'e1'],
      ],
    })
  }
  const agent: SipAgent = new SipAgent({
    network,
    clock: environment.clocks.monotonic,
    random: environment.random,
    limits: { maxMessageBytes: 65_536 },
    ports: { tcp: 5060, tls: undefined },
    user: { onRequest: take, onDialogRequest: take },
  })
  const listener = await network.listenTcp({
    port: 5060,
    protocol: 'SIP',
    onConnection: (connection) => void agent.take(connection),
  })
  return {
    set password(changed: string) {
      password = changed
    },
    methods: () => seen.map(({ method }) => method),
    expires: () => seen.map((request) => header(request, 'Expires')),
    bodies: (method: string) => seen.filter((each) => each.method === method).map(({ body }) => body.toString('utf8')),
    notifyStatuses: () => notified,
    loseConnections: () => agent.closeLinks(),
    async [Symbol.asyncDispose]() {
      agent.stop()
      await listener.stop()
    },
  }
}
