import { X509Certificate } from 'node:crypto'
import type { CertificateRequest } from '#lab/pki/authority.ts'
import { openAuthority } from '#lab/pki/authority.ts'
import type { HostPlan } from '#lab/roles/role.ts'
import type { LabWorld } from './world.ts'

/** Gives a host another certificate than the guide asks for, before anything starts. */
export function certify(
  world: LabWorld,
  host: string,
  change: (request: CertificateRequest) => CertificateRequest,
  authority?: string,
): void {
  const issuer = openAuthority(world.parameters.pkiFolder, authority)
  world.adapt((plan) => {
    if (plan.specification.name !== host) return plan
    const identity = issuer.issue(change(requestOf(plan)))
    return { ...plan, specification: { ...plan.specification, identity } }
  })
}

/** What the host's own certificate was issued for. */
function requestOf({ specification }: HostPlan): CertificateRequest {
  const { subjectAltName = '' } = new X509Certificate(specification.identity!.cert)
  const names = subjectAltName.split(', ').map((entry) => entry.replace(/^DNS:/, ''))
  return { commonName: specification.fqdn, names }
}
