import type { TLSSocket } from 'node:tls'

/**
 * OpenSSL's verdict on the chain the other side sent; null where it is good. Node tells it for sockets of a tls.Server
 * and for clients in its own time only; the handle has carried this method since io.js.
 */
export function verifyError(stream: TLSSocket): (Error & { code?: string }) | null {
  const handle = (stream as unknown as { _handle: { verifyError(): (Error & { code?: string }) | null } })._handle
  return handle.verifyError()
}
