import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { TlsIdentity } from './network.ts'

/** What a host trusts and shows as a TLS client, read once for all connections that have it in common. */
export class ClientContexts {
  readonly #contexts = new Map<string, SecureContext>()

  /** `trust`: trusted CAs, PEM. */
  of(trust: readonly string[], identity: TlsIdentity | undefined): SecureContext {
    const key = JSON.stringify([trust, identity?.cert, identity?.key])
    const known = this.#contexts.get(key)
    const context =
      known ??
      createSecureContext({
        ca: [...trust],
        minVersion: 'TLSv1.2',
        ...(identity === undefined ? {} : { key: identity.key, cert: identity.cert }),
      })
    // The last used stay; certificates that were exchanged are forgotten in time.
    this.#contexts.delete(key)
    this.#contexts.set(key, context)
    if (this.#contexts.size > mostContexts) this.#contexts.delete(this.#contexts.keys().next().value!)
    return context
  }
}

const mostContexts = 8
