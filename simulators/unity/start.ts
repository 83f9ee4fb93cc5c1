import * as v from 'valibot'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import { service } from '#runtime/service.ts'
import { leaving, parseUnityConfiguration } from './configuration.ts'
import { Mailbox } from './mailbox.ts'
import { answerRest } from './rest.ts'

export interface AccessRecord {
  readonly at: string
  readonly from: string
  readonly method: string
  readonly target: string
  readonly alias: string | undefined
  readonly status: number
}

/** Unity Connection: mailboxes behind the REST interface on 443. */
export async function startUnityConnection(
  environment: HostEnvironment,
  document: unknown,
  signal: AbortSignal,
): Promise<Host> {
  const { clocks, identity, network, random } = environment
  const { release, mailboxes: configured, port } = parseUnityConfiguration(document)
  if (identity === undefined) throw new Error('Unity Connection needs a certificate')
  signal.throwIfAborted()
  const mailboxes = new Map<string, Mailbox>()
  for (const { alias, password, displayName = alias, extension = '', messages } of configured) {
    const mailbox = new Mailbox({ alias, password, displayName, extension })
    for (const message of messages) mailbox.leave(message, clocks.wall, random)
    mailboxes.set(alias.toLowerCase(), mailbox)
  }
  const accesses: AccessRecord[] = []
  const listener = await network.listenHttp({
    port,
    tls: { identity },
    handler: async (request) => {
      const { response, alias } = answerRest(mailboxes, release, request)
      const { method, target, remote } = request
      const at = clocks.wall.now().toISOString()
      accesses.push({ at, from: remote.address, method, target, alias, status: response.status })
      if (accesses.length > mostAccesses) accesses.shift()
      return response
    },
  })
  return {
    ...service(environment.name, () => listener.stop()),
    management: {
      state: async () => ({
        listeners: [{ protocol: listener.protocol, ...listener.local }],
        mailboxes: [...mailboxes.values()].map(({ alias, extension, messages }) => ({
          alias,
          extension,
          messages: messages.map(({ id, from, isRead, arrival, subject }) => ({ id, from, isRead, arrival, subject })),
        })),
      }),
      accesses: async () => accesses,
      leave: async (parameters: unknown) => {
        const { alias, message } = v.parse(leaving, parameters)
        const mailbox = mailboxes.get(alias.toLowerCase())
        if (mailbox === undefined) throw new Error(`no mailbox ${alias}`)
        return { id: mailbox.leave(message, clocks.wall, random) }
      },
    },
  }
}

const mostAccesses = 10_000
