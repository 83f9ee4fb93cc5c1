/** Why a request to AXL failed: each cause has its own text and its own remedy. */
export const AxlFailure = {
  nameNotResolved: 'Check the address and the DNS servers of this VCS',
  unreachable: 'Check that the server runs and that no firewall blocks port 8443',
  certificateSelfSigned:
    "Load a copy of the server's tomcat certificate into the trusted CA list and restart, or switch TLS verify mode off",
  certificateUntrusted:
    "Load the root CA of the server's tomcat certificate into the trusted CA list and restart, or switch TLS verify mode off",
  certificateName:
    'Enter the publisher by a name that is in its tomcat certificate, or have a certificate made for this one, or switch TLS verify mode off',
  certificateExpired: "Renew the server's tomcat certificate, and check the clocks of both",
  credentials: 'Check the user name and password of the AXL application user',
  role: 'Give the user the role Standard AXL API Access',
  notActive: 'Activate the Cisco AXL Web Service in Cisco Unified Serviceability',
  notAxl: 'Check that the address is that of a publisher of Unified CM or IM and Presence',
  oldRelease: 'Upgrade the server to a supported release, then refresh the servers',
  fault: "See the server's AXL log for the request that failed",
  unreadable: 'Check that the address is that of a publisher of Unified CM or IM and Presence',
} as const
export type AxlFailure = keyof typeof AxlFailure

export class AxlProblem extends Error {
  readonly code = 'MRA_AXL'
  readonly failure: AxlFailure
  readonly url: string
  /** What the administrator can do. */
  readonly remedy: string

  constructor(failure: AxlFailure, url: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.failure = failure
    this.url = url
    this.remedy = AxlFailure[failure]
  }
}

/** Whether a server is there and speaks AXL but does not know this operation or table. */
export function isUnknownOperation(error: unknown): boolean {
  return error instanceof AxlProblem && error.failure === 'fault' && unknownOperation.test(error.message)
}

const unknownOperation = /unknown request|operation was not found|operation not found|no such operation/i

/** What went wrong below HTTP, by the code of the error. */
export function failureOf(code: string): AxlFailure {
  if (code === 'MRA_NAME_NOT_RESOLVED') return 'nameNotResolved'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificateName'
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || code === 'SELF_SIGNED_CERT_IN_CHAIN') return 'certificateSelfSigned'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'certificateExpired'
  const isCertificate = code.startsWith('ERR_TLS') || /CERT|SIGNATURE|ISSUER|CRL/.test(code)
  return isCertificate ? 'certificateUntrusted' : 'unreachable'
}
