import { dialFailureWords } from '../certificates/verification-words.ts'

/** What can be done about a failure: wait for the network, or mend a certificate, a password, a configuration. */
export type ZoneFailureKind = 'network' | 'tls' | 'authentication' | 'configuration' | 'changed'

/** Why a traversal zone is not active, in the words of its status page. */
export class ZoneFailure extends Error {
  readonly code = 'MRA_ZONE_FAILED'
  readonly kind: ZoneFailureKind
  readonly reason: string
  /** What an administrator can do, where it is known. */
  readonly action: string | undefined

  private constructor(kind: ZoneFailureKind, reason: string, cause?: unknown, action?: string) {
    super(reason, { cause })
    this.kind = kind
    this.reason = reason
    this.action = action
  }

  static unresolved(peer: string): ZoneFailure {
    return new ZoneFailure('network', `DNS resolution failed: ${peer}`)
  }

  static lost(why: string): ZoneFailure {
    return new ZoneFailure('network', `Connection lost: ${why}`)
  }

  static silent(): ZoneFailure {
    return new ZoneFailure('network', 'No response from peer')
  }

  static authentication(): ZoneFailure {
    return new ZoneFailure(
      'authentication',
      'Authentication failed: check the zone user name and password at both ends',
    )
  }

  static answered(status: number, reason: string): ZoneFailure {
    return new ZoneFailure('authentication', `Peer answered OPTIONS with ${status} ${reason}`)
  }

  static changed(): ZoneFailure {
    return new ZoneFailure('changed', 'Configuration changed')
  }

  /** Nothing is dialled then. */
  static sipOff(): ZoneFailure {
    return new ZoneFailure('configuration', 'SIP Mode of the zone is Off', undefined, 'Set SIP Mode to On')
  }

  /** Errors of dialling `peer`, by what they say. */
  static of(error: unknown, peer: string): ZoneFailure {
    const { code = '', message } = error as { code?: string; message: string }
    if (code === 'MRA_NAME_NOT_RESOLVED') return new ZoneFailure('network', `DNS resolution failed: ${message}`, error)
    if (code === 'ECONNREFUSED') return new ZoneFailure('network', 'Connection refused by peer', error)
    if (code === 'ETIMEDOUT') return new ZoneFailure('network', 'Connection to peer timed out', error)
    const words = dialFailureWords(error, peer)
    if (words !== undefined) return new ZoneFailure('tls', words.says, error, words.action)
    // A peer that ends the handshake for its own reasons, certificate or restart, does not say which.
    if (code === 'ECONNRESET' || code === 'EPIPE')
      return new ZoneFailure('network', `Connection lost: ${message}`, error)
    if (message.startsWith('TLS to ')) return new ZoneFailure('tls', `TLS negotiation failure: ${message}`, error)
    return new ZoneFailure('network', message, error)
  }
}
