import type { Lab } from '../lab.ts'
import { fqdnOf, hostDomain } from '../plan/plan-facts.ts'
import { standAt } from './bystander.ts'
import type { ReceivedMessage } from './plain-xmpp-client.ts'
import { PlainXmppClient } from './plain-xmpp-client.ts'

/** Somebody of another company with a plain XMPP client (RFC 6120 and 6121) at that company's own server. */
export interface ForeignContact extends AsyncDisposable {
  readonly jid: string
  readonly messages: readonly ReceivedMessage[]
  write(to: string, body: string): void
}

/** Signs `user` in at the other company's host and is available from then on. */
export async function openForeignContact(lab: Lab, server: string, user: string): Promise<ForeignContact> {
  const { environment, host } = await standAt(lab, {
    name: user,
    address: lab.fabric.address('internet', 251),
    folder: `contact-${user}`,
  })
  const domain = hostDomain(server, lab.topology)
  const client = new PlainXmppClient(environment.network, domain)
  try {
    await client.signIn(lab.plan(server).specification.addresses[0]!, {
      user,
      password: lab.secrets.passwords[user]!,
      serverName: fqdnOf(server, lab.topology),
    })
  } catch (error) {
    await host.stop()
    throw error
  }
  return {
    jid: `${user}@${domain}`,
    get messages() {
      return client.messages
    },
    write: (to, body) => client.write(to, body),
    [Symbol.asyncDispose]: () => host.stop(),
  }
}
