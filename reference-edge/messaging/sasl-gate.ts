import type { Stanza } from './stanza.ts'
import { isStanza, Namespace } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'

/** RFC 6120 §6.4.5 asks for at least two tries; the sixth ends the stream. */
export const maximumSaslTries = 5

/**
 * What may pass on one client stream, in order: features, SASL (at most five tries), a restart, then stanzas only
 * (RFC 6120 §4.3, §6.4). Both VCSs keep one of these for each stream and trust neither neighbour.
 */
export class SaslGate {
  #phase: 'sasl' | 'exchange' | 'restart' | 'stanzas' = 'sasl'
  #tries = 0

  get isRestartDue(): boolean {
    return this.#phase === 'restart'
  }

  get isAuthenticated(): boolean {
    return this.#phase === 'restart' || this.#phase === 'stanzas'
  }

  /** A condition where the element may not pass; the stream is closed with it. */
  fromClient(element: Stanza): StreamCondition | undefined {
    switch (this.#phase) {
      case 'sasl':
        return isStanza(element, 'auth', Namespace.sasl) ? this.#begin() : 'not-authorized'
      case 'exchange':
        return isStanza(element, 'response', Namespace.sasl) || isStanza(element, 'abort', Namespace.sasl)
          ? undefined
          : 'not-authorized'
      case 'restart':
        return 'policy-violation'
      case 'stanzas':
        return isClientStanza(element) ? undefined : 'unsupported-stanza-type'
    }
  }

  fromServer(element: Stanza): void {
    if (this.#phase !== 'exchange') return
    if (isStanza(element, 'success', Namespace.sasl)) this.#phase = 'restart'
    else if (isStanza(element, 'failure', Namespace.sasl)) this.#phase = 'sasl'
  }

  restarted(): void {
    if (this.#phase === 'restart') this.#phase = 'stanzas'
  }

  #begin(): StreamCondition | undefined {
    if (++this.#tries > maximumSaslTries) return 'policy-violation'
    this.#phase = 'exchange'
    return undefined
  }
}

function isClientStanza({ name, namespace }: Stanza): boolean {
  return namespace === Namespace.client && (name === 'iq' || name === 'message' || name === 'presence')
}
