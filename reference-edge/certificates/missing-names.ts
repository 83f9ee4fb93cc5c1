import type { X509Certificate } from 'node:crypto'
import type { CertificateProblem } from './certificate-problem.ts'
import { namesOf, serviceNamesOf } from './peer-name.ts'
import type { NamingFacts } from './proposed-names.ts'

/** A name the deployment wants in the certificate and does not find there. */
export interface MissingName {
  readonly name: string
  /** What stops working without it. */
  readonly consequence: string
}

/** Names that a certificate lacks for this VCS as it is configured now; none: the certificate fits. */
export function missingNames(certificate: X509Certificate, facts: NamingFacts): MissingName[] {
  const present = new Set([...namesOf(certificate), ...serviceNamesOf(certificate)].map((name) => name.toLowerCase()))
  return neededNames(facts)
    .filter(({ forms }) => !forms.some((form) => present.has(form.toLowerCase())))
    .map(({ name, consequence }) => ({ name, consequence }))
}

/** The same as warnings of the page, and a host name with an underscore. */
export function nameWarnings(certificate: X509Certificate, facts: NamingFacts): CertificateProblem[] {
  const warnings = missingNames(certificate, facts).map(({ name, consequence }) => ({
    field: nameField,
    says: `'${name}' is not among the subject alternative names: ${consequence}`,
    action: 'Generate a new CSR and have it signed',
  }))
  if (!facts.fqdn?.split('.')[0]!.includes('_')) return warnings
  const says = `The host name '${facts.fqdn}' has an underscore: SSH tunnels cannot be set up`
  const action = 'Use letters, digits and hyphens in System host name (System > DNS), then generate a new CSR'
  return [...warnings, { field: nameField, says, action }]
}

interface NeededName extends MissingName {
  /** Any of them will do. */
  readonly forms: readonly string[]
}

function neededNames({ fqdn, clusterName, system }: NamingFacts): NeededName[] {
  const needed: NeededName[] = []
  const need = (name: string, consequence: string, forms = [name]) => needed.push({ name, consequence, forms })
  if (fqdn !== undefined) need(fqdn, 'the other VCS and clients refuse this one by its name')
  if (clusterName !== undefined && clusterName !== '') need(clusterName, 'a peer that looks for the cluster refuses it')
  if (system.kind === 'VCS Control') {
    for (const profile of system.phoneSecurityProfiles) {
      need(profile, 'devices with this phone security profile cannot register')
    }
  } else {
    for (const domain of system.domains) {
      const forms = [domain, `_collab-edge._tls.${domain}`, `collab-edge.${domain}`]
      need(domain, 'clients of this domain refuse the VCS Expressway', forms)
    }
  }
  for (const alias of system.chatNodeAliases) need(alias, 'only XMPP federation with TLS and group chat would need it')
  return needed
}

const nameField = 'Subject alternative names'
