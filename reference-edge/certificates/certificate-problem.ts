/** Why a certificate page refuses what the administrator sent, or what it warns of. */
export interface CertificateProblem {
  /** Label of the field, as on the page. */
  readonly field: string
  readonly says: string
  /** What the administrator can do. */
  readonly action: string
}

export interface Refused {
  readonly ok: false
  readonly problems: readonly CertificateProblem[]
}

export function refused(...problems: CertificateProblem[]): Refused {
  return { ok: false, problems }
}
