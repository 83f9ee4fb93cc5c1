import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import { isCertificateFor } from '../certificates/peer-name.ts'

/** Node's code where a certificate is good but for another name. */
export const otherName = 'ERR_TLS_CERT_ALTNAME_INVALID'

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
  if (isCertificateOfNode(new X509Certificate(presented.raw), node)) return undefined
  return Object.assign(new Error(`the certificate is not for ${node}`), { code: otherName })
}

const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/
