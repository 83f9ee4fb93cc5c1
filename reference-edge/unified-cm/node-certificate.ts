import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import { commonNameOf, isCertificateFor } from '../certificates/peer-name.ts'

/** The CallManager certificate is good, but for another name than Unified CM calls its node. */
export class NodeNameMismatch extends Error {
  readonly code = 'MRA_NODE_NAME'

  constructor(node: string, certificate: X509Certificate) {
    super(`certificate of ${commonNameOf(certificate)} is not for ${node}`)
  }
}

/**
 * Whether a CallManager certificate is one for a node, under the name that Unified CM returned for it, be it bare
 * (guide, Configuring secure communications). A node returned by its address needs that address among the subject
 * alternative names.
 */
export function isCertificateOfNode(certificate: X509Certificate, node: string): boolean {
  return isAddress.test(node) ? certificate.checkIP(node) !== undefined : isCertificateFor(certificate, node)
}

/** The name check towards a node, for `ClientTls.checkName`. */
export function checkNodeName(node: string, presented: PeerCertificate): Error | undefined {
  const certificate = new X509Certificate(presented.raw)
  return isCertificateOfNode(certificate, node) ? undefined : new NodeNameMismatch(node, certificate)
}

const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/
